// The stores that the crash test can do its worst to: a file of one relay, and a database that two share.
import path from 'node:path';
import { freePort, type PostgresServer, type Testbed } from '@celery-watch/testbed';
import { type DeadContent, deadContentsOfFile, DEAD_CONTENTS, deadContentOf } from './dead-contents.js';
import { oneOf, type Random } from './random.js';

export const STORES = ['sqlite', 'postgres'] as const;
export type StoreKind = (typeof STORES)[number];

export function isStoreKind(text: string): text is StoreKind {
  return (STORES as readonly string[]).includes(text);
}

/** From when to when a database was away, milliseconds since 1970. */
export interface Outage {
  readonly from: number;
  readonly until: number;
}

export interface CrashStore {
  /** As the configuration has it. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** How many relays work on it. */
  readonly relays: number;
  readonly outages: readonly Outage[];
  /** Ends the database, cleanly or not, and starts it again; nothing happens to a file. */
  disturb(random: Random): Promise<void>;
  /** What its dead letters hold. Nothing may be on its way meanwhile. */
  dead(): Promise<readonly DeadContent[]>;
}

export async function crashStore(bed: Testbed, kind: StoreKind): Promise<CrashStore> {
  if (kind === 'sqlite') {
    const file = path.join(bed.folder, 'relay.db');
    return {
      settings: { path: file },
      relays: 1,
      outages: [],
      disturb: () => Promise.resolve(),
      dead: () => deadContentsOfFile(file),
    };
  }
  const server = await bed.postgres({ port: await freePort(), password: 'database-secret-0815' });
  const { query, url } = await server.database();
  const outages: Outage[] = [];
  return {
    settings: { url },
    relays: 2,
    outages,
    disturb: async (random) => {
      const from = Date.now();
      await endOf(server, random);
      await server.restart();
      outages.push({ from, until: Date.now() });
    },
    dead: async () => (await query(DEAD_CONTENTS('alert_relay.'))).map(deadContentOf),
  };
}

function endOf(server: PostgresServer, random: Random): Promise<unknown> {
  return oneOf(random, [() => server.stop(), () => server.kill()])();
}

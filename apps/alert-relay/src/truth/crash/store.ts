// The stores that the crash test can do its worst to: a file of one relay, and a database that two share.
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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
  /** What waits for a later try is due now, and its attempts begin anew. No relay may be running. */
  hasten(): Promise<void>;
  /** What its dead letters hold. Nothing may be on its way meanwhile. */
  dead(): Promise<readonly DeadContent[]>;
}

/** @param schema where the tables lie, with its dot */
const HASTEN = (schema = ''): readonly string[] => [
  `UPDATE ${schema}message SET due_at = 0, attempt = 0, unclear = 0 WHERE claimed = 0`,
  `UPDATE ${schema}lane SET due_at = 0`,
  `UPDATE ${schema}delivery SET not_before = 0, attempts = 0, unclear = 0 WHERE state = 'pending'`,
];

export async function crashStore(bed: Testbed, kind: StoreKind): Promise<CrashStore> {
  if (kind === 'sqlite') {
    const file = path.join(bed.folder, 'relay.db');
    return {
      settings: { path: file },
      relays: 1,
      outages: [],
      disturb: () => Promise.resolve(),
      hasten: () => {
        const db = new DatabaseSync(file);
        try {
          db.exec(HASTEN().join(';'));
        } finally {
          db.close();
        }
        return Promise.resolve();
      },
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
    hasten: async () => {
      for (const statement of HASTEN('alert_relay.')) await query(statement);
    },
    dead: async () => (await query(DEAD_CONTENTS('alert_relay.'))).map(deadContentOf),
  };
}

function endOf(server: PostgresServer, random: Random): Promise<unknown> {
  return oneOf(random, [() => server.stop(), () => server.kill()])();
}

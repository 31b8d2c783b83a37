// Opens an outbox in a PostgreSQL database, which several relays may share, and puts it together from its pieces.
import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { StoreRefused, type Outbox } from '../outbox.js';
import { Database } from './database.js';
import { PostgresDeadLetters } from './dead-letters.js';
import { failureOf, refusalOf } from './failures.js';
import { PostgresHistory } from './history.js';
import { Holder, type HolderOptions } from './holder.js';
import { PostgresInbox } from './inbox.js';
import { migrate } from './migrate.js';
import { placeOf } from './place.js';
import { PostgresQueue } from './queue.js';
import { RemovedChannels } from './removed-channels.js';
import { PostgresSettling } from './settling.js';
import { PostgresUpkeep } from './upkeep.js';
import { WorkSignal } from './work-signal.js';

export interface PostgresOutboxOptions extends Partial<HolderOptions> {
  /** How many unparseable posts are kept; the newest. */
  readonly quarantineKeep?: number;
  /** How many bytes of them are kept; the newest is kept whatever its size. */
  readonly quarantineBytes?: number;
  /** The id of a new message. */
  readonly newId?: () => string;
  /** For so long no relay must have known a channel before what waits for it is given up. Milliseconds. */
  readonly removedAfterMs?: number;
}

const MB = 2 ** 20;

/**
 * Rejects with `StoreRefused`; the store is as it was then.
 * @param url `postgres://user:password@host:port/database`, with libpq's parameters for TLS, and `schema`
 */
export async function openPostgresOutbox(url: string, options: PostgresOutboxOptions = {}): Promise<Outbox> {
  const place = placeOf(url);
  await migrate(place);
  const db = new Database(place);
  const signal = new WorkSignal(db);
  const holder = new Holder(
    db,
    {
      beatMs: options.beatMs ?? 3_000,
      goneAfterMs: options.goneAfterMs ?? 15_000,
      ticks: options.ticks ?? ((): number => performance.now()),
    },
    () => signal.tell(undefined),
  );
  try {
    await holder.start();
  } catch (error) {
    await db.close();
    const { why, mayPass } = refusalOf(failureOf(error instanceof Error ? error.cause : error));
    throw new StoreRefused(`the store ${place.shown} ${why}`, { cause: error, mayPass });
  }
  return assemble(db, signal, holder, options);
}

function assemble(db: Database, signal: WorkSignal, holder: Holder, options: PostgresOutboxOptions): Outbox {
  const { quarantineKeep = 100, quarantineBytes = 64 * MB, newId = randomUUID, removedAfterMs = 600_000 } = options;
  const send = (channels: readonly string[]): void => signal.send(channels);
  const inbox = new PostgresInbox(db, { quarantineKeep, quarantineBytes }, send);
  const settling = new PostgresSettling(db, send);
  const queue = new PostgresQueue(db, holder, newId);
  const dead = new PostgresDeadLetters(db, send);
  const removed = new RemovedChannels(db, holder, removedAfterMs);
  const history = new PostgresHistory(db);
  const upkeep = new PostgresUpkeep(db);
  let closing: Promise<void> | undefined;
  /** Nothing new once it closes. */
  const open = <A extends unknown[], R>(work: (...given: A) => Promise<R>): ((...given: A) => Promise<R>) => {
    return (...given) =>
      closing === undefined ? work(...given) : Promise.reject(db.unavailable('use a closed store'));
  };
  return {
    record: (group, alerts, decide) => open(() => inbox.record(group, alerts, decide))(),
    knowsFormerKeys: open(() => inbox.knowsFormerKeys()),
    held: open(() => inbox.held()),
    dropHeld: open((id) => inbox.dropHeld(id)),
    quarantine: open((bytes, reason, at) => inbox.quarantine(bytes, reason, at)),
    waiting: open((channel, now) => queue.waiting(channel, now)),
    claim: open((channel, request) => queue.claim(channel, request)),
    contents: open((claim) => queue.contents(claim)),
    progress: open((claim, plan, until, attempts) => settling.progress(claim, plan, until, attempts)),
    settle: open((claim, settlement, attempts) => settling.settle(claim, settlement, attempts)),
    listDead: open((filter, limit) => dead.listDead(filter, limit)),
    replayDead: open((filter, now, channel) => dead.replayDead(filter, now, channel)),
    discardDead: open((filter) => dead.discardDead(filter)),
    giveUpRemovedChannels: open((channels, at, fallback) => removed.giveUp(channels, at, fallback)),
    history: open((filter, limit, before) => history.history(filter, limit, before)),
    historyOf: open((id) => history.historyOf(id)),
    listQuarantine: open((limit) => upkeep.listQuarantine(limit)),
    quarantined: open((id) => upkeep.quarantined(id)),
    dropQuarantined: open((ids) => upkeep.dropQuarantined(ids)),
    figures: open(() => upkeep.figures()),
    prune: open((limits) => upkeep.prune(limits)),
    note: open((name, value) => upkeep.note(name, value)),
    changeNote: (name, change) => open(() => upkeep.changeNote(name, change))(),
    time: open(() => upkeep.time()),
    onWork: (listener) => signal.onWork(listener),
    lost: open(() => (db.away === undefined ? Promise.resolve(undefined) : Promise.reject(db.unavailable('be used')))),
    close: () =>
      (closing ??= (async (): Promise<void> => {
        await inbox.idle();
        await holder.close();
        await signal.close();
        db.end('the store is closed');
        await db.close();
      })()),
  };
}

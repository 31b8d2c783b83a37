// The embedded outbox, put together from its parts.
import { Bury } from './burial.js';
import { SqliteDeadLetters } from './dead-letters.js';
import { SqliteInbox, type QuarantineLimits } from './intake.js';
import { Lanes } from './lanes.js';
import { SqliteQueue } from './queue.js';
import { Settling } from './settle.js';
import type { Store } from './store.js';
import { SqliteUpkeep } from './upkeep.js';
import type { Outbox } from '../outbox.js';

export interface Parts extends QuarantineLimits {
  readonly newId: () => string;
}

export function assemble(store: Store, { newId, ...limits }: Parts): Outbox {
  const lanes = new Lanes(store);
  const bury = new Bury(store, lanes);
  const inbox = new SqliteInbox(store, lanes, limits);
  const settling = new Settling(store, lanes, bury);
  const queue = new SqliteQueue(store, settling, newId);
  const dead = new SqliteDeadLetters(store, lanes, bury);
  const upkeep = new SqliteUpkeep(store);
  return {
    record: (groupKey, episodes, decide) => inbox.record(groupKey, episodes, decide),
    quarantine: (bytes, reason, at) => inbox.quarantine(bytes, reason, at),
    waiting: (channel, now) => queue.waiting(channel, now),
    claim: (channel, request) => queue.claim(channel, request),
    progress: (claim, plan, leaseUntil) => settling.progress(claim, plan, leaseUntil),
    settle: (claim, settlement) => settling.settle(claim, settlement),
    listDead: (filter, limit) => dead.listDead(filter, limit),
    replayDead: (filter, now, channel) => dead.replayDead(filter, now, channel),
    discardDead: (filter) => dead.discardDead(filter),
    buryUnknown: (channels, at, fallback) => dead.buryUnknown(channels, at, fallback),
    figures: () => upkeep.figures(),
    prune: (limits) => upkeep.prune(limits),
    note: (name, value) => upkeep.note(name, value),
    // eslint-disable-next-line @typescript-eslint/require-await -- what fails must reject, not throw
    close: async () => {
      inbox.flush();
      store.close();
    },
  };
}

// The door of the room: the contract, and where an outbox comes from.
export * from './outbox.js';
export { openMemoryOutbox, type MemoryOutboxOptions } from './memory/memory-outbox.js';
export { openSqliteOutbox, type SqliteOutboxOptions } from './sqlite/sqlite-outbox.js';
export { SteadyClock, type KeptTime, type RelayClock, type TimeSources } from './steady-clock.js';
export { keepTime, steadyOutbox, withSteadyTime, type OutboxWithClock } from './steady-outbox.js';
export { openOutbox } from './table.js';
export { replayToKnown, type Replay } from './replay.js';
export {
  isDeliveryState,
  isHistoryPage,
  readHistoryQuery,
  wholeOf,
  writeHistoryQuery,
  type GivenQuery,
  type HistoryQuery,
} from './history-query.js';

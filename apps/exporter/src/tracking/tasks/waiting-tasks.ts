// Since when the message that is next in a queue has waited, worked out from task-sent: for brokers whose messages
// cannot be looked at without taking them (docs/protocol/rabbitmq.md#queue-heads).
import type { TaskSeriesBook } from './task-series.js';
import { type TaskTable, WAITING } from './task-table.js';

/** What was sent to one queue and not received yet, in the order in which it was heard of. */
interface Sent {
  readonly length: number;
  readonly since: number[];
}

/**
 * Since when the next message of each of these queues could have run, on the clock of `toOurClock`. The messages of a
 * queue are the youngest ones that were sent to it and not received: as many as it holds. Older ones of which nothing
 * was heard any more are not among them: purged, or taken by a worker that tells nothing. Where fewer are known, the
 * oldest of those is a lower bound of the age. None for a queue of which none is known.
 * @param lengths messages by queue; only queues that hold some
 * @param toOurClock a time that an event said, heard at that moment, on the clock of `now`
 */
export function oldestWaiting(
  table: TaskTable,
  book: TaskSeriesBook,
  lengths: ReadonlyMap<string, number>,
  toOurClock: (said: number, heardAt: number) => number,
  now: number,
): ReadonlyMap<string, number> {
  const sent = new Map<string, Sent>();
  for (const [queue, length] of lengths) if (length > 0) sent.set(queue, { length, since: [] });
  if (sent.size === 0) return new Map();
  /** By index of the series, so that its queue is looked up once and not for each of half a million rows. */
  const bySeries: (Sent | null | undefined)[] = [];
  for (let row = table.oldest(WAITING); row >= 0; row = table.younger(row)) {
    if (table.receivedAt[row] !== 0 || table.certain[row] === 0) continue;
    const said = table.sentAt[row] as number;
    if (said === 0) continue;
    const series = table.series[row] as number;
    const of = (bySeries[series] ??= sent.get(book.at(series).queue) ?? null);
    if (of === null) continue;
    const since = toOurClock(said, table.touchedAt[row] as number);
    // What is not due yet waits for its time, not for a worker.
    if (since <= now) of.since.push(since);
  }
  return new Map(
    [...sent].flatMap(([queue, { length, since }]) =>
      since.length === 0 ? [] : [[queue, since.slice(-length).reduce((a, b) => Math.min(a, b))]],
    ),
  );
}

// Which tasks were sent and taken while no worker says anything of them: by name and queue, held against the readings
// of their queue.
import { STATE_INDEX, type TaskName, type TaskSeries } from './task-series.js';

export interface SilentTasks {
  readonly name: string;
  readonly queue: string;
  /** Messages that were sent and are no longer in their queue. */
  readonly taken: number;
}

/** Fewer may be on workers with the solo pool, which tell of a task when it has ended. */
const LEAST = 20;

/** What had been sent of a series when its queue was read, at the last reading and at the one before. */
interface Sent {
  readonly before: number;
  readonly last: number;
}

/**
 * Whoever takes a message tells it at once, unless its task class sends no events: celery-batches, or
 * `send_events=False` (docs/protocol/events.md#tasks-without-events).
 */
export class SilentTaskBook {
  readonly #sent = new WeakMap<TaskSeries, Sent>();

  /** The queues were read. A series whose queue holds messages may still wait there: its count begins anew. */
  read(series: Iterable<TaskSeries>, lengthOf: (queue: string) => number | undefined): void {
    for (const each of series) {
      const now = each.states[STATE_INDEX.sent] as number;
      if (now === 0) continue;
      if (lengthOf(each.queue) === 0) {
        const last = this.#sent.get(each)?.last ?? 0;
        this.#sent.set(each, { before: last, last: now });
      } else this.#sent.delete(each);
    }
  }

  /** The most first. */
  list(series: Iterable<TaskSeries>): readonly SilentTasks[] {
    const all = [...series];
    const told = new Set<TaskName>();
    for (const each of all)
      if (each.states.some((count, state) => count > 0 && state !== STATE_INDEX.sent)) told.add(each.task);
    return all
      .filter(({ task }) => !told.has(task))
      .map((each) => ({ name: each.task.name, queue: each.queue, taken: this.#sent.get(each)?.before ?? 0 }))
      .filter(({ taken }) => taken >= LEAST)
      .sort((a, b) => b.taken - a.taken);
  }
}

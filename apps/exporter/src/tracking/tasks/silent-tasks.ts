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
  /** What was sent before a worker was seen to consume the queue, and before the exporter listened: who took that? */
  readonly base: number;
  readonly before: number;
  readonly last: number;
}

/**
 * Whoever takes a message tells it at once, unless its task class sends no events: celery-batches, or
 * `send_events=False` (docs/protocol/events.md#tasks-without-events).
 */
export class SilentTaskBook {
  readonly #sent = new WeakMap<TaskSeries, Sent>();
  /** Queues that a live worker consumed at the last reading; none after the exporter was not listening. */
  #consumed: ReadonlySet<string> = new Set();

  /** The exporter does not listen: what happens until the next reading is not heard. */
  interrupted(): void {
    this.#consumed = new Set();
  }

  /**
   * The queues were read. A series whose queue holds messages may still wait there: its count begins anew. What went
   * while nobody consumed the queue was purged, or lost with the broker.
   * @param consumed queues that a live worker says it consumes
   */
  read(
    series: Iterable<TaskSeries>,
    lengthOf: (queue: string) => number | undefined,
    consumed: ReadonlySet<string>,
  ): void {
    for (const each of series) {
      const now = each.states[STATE_INDEX.sent] as number;
      if (now === 0) continue;
      const { base = 0, last = 0 } = this.#sent.get(each) ?? {};
      if (!consumed.has(each.queue) || !this.#consumed.has(each.queue))
        this.#sent.set(each, { base: now, before: now, last: now });
      else if (lengthOf(each.queue) === 0) this.#sent.set(each, { base, before: Math.max(base, last), last: now });
      else this.#sent.set(each, { base, before: base, last: base });
    }
    this.#consumed = consumed;
  }

  /** The most first. */
  list(series: Iterable<TaskSeries>): readonly SilentTasks[] {
    const all = [...series];
    const told = new Set<TaskName>();
    for (const each of all)
      if (each.states.some((count, state) => count > 0 && state !== STATE_INDEX.sent)) told.add(each.task);
    return all
      .filter(({ task }) => !told.has(task))
      .map((each) => ({ name: each.task.name, queue: each.queue, taken: this.#takenOf(each) }))
      .filter(({ taken }) => taken >= LEAST)
      .sort((a, b) => b.taken - a.taken);
  }

  #takenOf(series: TaskSeries): number {
    const { before = 0, base = 0 } = this.#sent.get(series) ?? {};
    return before - base;
  }
}

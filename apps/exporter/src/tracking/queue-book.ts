// All queues that are known, and what the last poll found in them.
import type { QueuedTask } from '@celery-watch/celery-protocol';

export interface Queue {
  readonly name: string;
  /** Messages waiting, over all priority steps. */
  length: number;
  /** Since when the message that is taken next could have run, epoch seconds; undefined for an empty queue. */
  oldestSince: number | undefined;
  /** Heads of the last poll and since when each was seen there, for those of which no task-sent is known. */
  heads: ReadonlyMap<string, number>;
}

export class QueueBook {
  /** Messages that workers hold unacknowledged, over all queues; undefined before the first poll. */
  unacked: number | undefined = undefined;
  readonly #byName = new Map<string, Queue>();
  readonly #max: number;
  readonly #onDropped: () => void;

  constructor(max: number, onDropped: () => void) {
    this.#max = max;
    this.#onDropped = onDropped;
  }

  get(name: string): Queue | undefined {
    return this.#byName.get(name);
  }

  [Symbol.iterator](): IterableIterator<Queue> {
    return this.#byName.values();
  }

  /**
   * Takes one reading of a queue.
   * @param heads the next message of each priority step; empty where they were not read
   * @param sentAt when a task could have run, where task-sent said so; epoch seconds
   */
  read(
    name: string,
    length: number,
    heads: readonly QueuedTask[],
    sentAt: (id: string) => number | undefined,
    now: number,
  ): void {
    let queue = this.#byName.get(name);
    if (queue === undefined) {
      if (this.#byName.size >= this.#max) return this.#onDropped();
      this.#byName.set(name, (queue = { name, length, oldestSince: undefined, heads: new Map() }));
    }
    const before = queue.heads;
    const seen = new Map(heads.map(({ id }) => [id, sentAt(id) ?? before.get(id) ?? now]));
    queue.length = length;
    queue.heads = seen;
    queue.oldestSince = seen.size === 0 ? undefined : Math.min(...seen.values());
  }

  /** Forgets the queues that no source names any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#byName.keys()) if (!names.has(name)) this.#byName.delete(name);
  }
}

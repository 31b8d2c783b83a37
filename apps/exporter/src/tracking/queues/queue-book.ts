// All queues that are known, and what the last poll found in them.
import { etaSeconds, type QueueHead } from '@celery-watch/celery-protocol';

export interface Queue {
  readonly name: string;
  /** Messages waiting, over all priority steps. */
  length: number;
  /**
   * Since when the message that is taken next could have run, epoch seconds; undefined for an empty queue, and where
   * the message is not known.
   */
  oldestSince: number | undefined;
  /** Why a message that is taken next cannot be read; undefined where all can, or none is there. */
  unread: string | undefined;
  /** Heads of the last poll and since when each was seen there, for those of which no task-sent is known. */
  heads: ReadonlyMap<string, number>;
}

export class QueueBook {
  /** Messages that workers hold unacknowledged, over all queues; undefined before the first poll, and if not known. */
  unacked: number | undefined = undefined;
  /** Messages that the broker itself keeps until they are due; undefined likewise. */
  delayed: number | undefined = undefined;
  /** How many consumers the broker counts; none for a queue of which it does not say it. */
  consumers: ReadonlyMap<string, number> = new Map();
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
   * @param heads the next message of each priority step, or since when the next one has waited, where that was worked
   * out; undefined where neither is known
   * @param sentAt since when a task could have run, where task-sent said so; on the clock that only goes forward
   * @param wallIsAhead seconds by which the machine's clock, by which ETAs go, is ahead of ours
   */
  read(
    name: string,
    length: number,
    heads: readonly QueueHead[] | number | undefined,
    sentAt: (id: string) => number | undefined,
    now: number,
    wallIsAhead = 0,
  ): void {
    let queue = this.#byName.get(name);
    if (queue === undefined) {
      if (this.#byName.size >= this.#max) return this.#onDropped();
      this.#byName.set(name, (queue = { name, length, oldestSince: undefined, unread: undefined, heads: new Map() }));
    }
    // Some were taken since: of those that look alike, the next may be another.
    const hasFallen = length < queue.length;
    queue.length = length;
    if (heads === undefined || typeof heads === 'number') {
      queue.unread = undefined;
      queue.oldestSince = heads;
      return;
    }
    queue.unread = heads.find((head) => head.unread !== undefined)?.unread;
    const before = queue.heads;
    const seenBefore = ({ id, isCut }: QueueHead): number | undefined =>
      isCut === true && hasFallen ? undefined : before.get(id);
    const seen = new Map(
      heads.map((head) => [head.id, sentAt(head.id) ?? seenBefore(head) ?? firstSeen(head, now, wallIsAhead)]),
    );
    queue.heads = seen;
    queue.oldestSince = seen.size === 0 ? undefined : Math.min(...seen.values());
  }

  /** Forgets the queues that no source names any more. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#byName.keys()) if (!names.has(name)) this.#byName.delete(name);
  }
}

/** A message waits from its ETA on. Where that is past, nothing says when it was sent: then it waits from now on. */
function firstSeen({ eta }: QueueHead, now: number, wallIsAhead: number): number {
  const due = eta === null ? undefined : etaSeconds(eta);
  return due === undefined ? now : Math.max(now, due - wallIsAhead);
}

// Which queue a task came through, where no task-sent event says it. Workers' events carry no queue
// (docs/protocol/events.md#names-and-queues).
import { UNKNOWN } from '@celery-watch/celery-protocol';
import type { Worker } from './worker.js';

/** How a queue was learnt, best first. */
export const QUEUE_RULES = ['sent', 'only_queue', 'last_queue', 'unknown'] as const;
export type QueueRule = (typeof QUEUE_RULES)[number];

/** Remembers the last queue of each task name, and counts which rule served. */
export class QueueRules {
  readonly counts: Record<QueueRule, number> = { sent: 0, only_queue: 0, last_queue: 0, unknown: 0 };
  readonly #lastQueue = new Map<string, string>();
  readonly #maxNames: number;

  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  /** task-sent said it. */
  learn(name: string, queue: string): void {
    if (this.#lastQueue.get(name) === queue) return;
    if (!this.#lastQueue.has(name) && this.#lastQueue.size >= this.#maxNames) {
      const [oldest] = this.#lastQueue.keys();
      if (oldest !== undefined) this.#lastQueue.delete(oldest);
    }
    this.#lastQueue.set(name, queue);
  }

  /** The queue of a task that was received by this worker and of which no task-sent was seen. */
  resolve(name: string, worker: Worker | undefined): string {
    const only = worker?.onlyQueue();
    if (only !== undefined) return this.#by('only_queue', only);
    const last = this.#lastQueue.get(name);
    return last !== undefined ? this.#by('last_queue', last) : this.#by('unknown', UNKNOWN);
  }

  #by(rule: QueueRule, queue: string): string {
    this.counts[rule]++;
    return queue;
  }
}

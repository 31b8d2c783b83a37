// Which queue a task came through, where no task-sent event says it. Workers' events carry no queue
// (docs/protocol/events.md#names-and-queues).
import { UNKNOWN } from '@celery-watch/celery-protocol';
import type { Worker } from '../workers/worker.js';

/** How a queue was learnt, best first. */
export const QUEUE_RULES = ['sent', 'only_queue', 'last_queue', 'unknown'] as const;
export type QueueRule = (typeof QUEUE_RULES)[number];

/** What can be said of a task's queue while its task-sent has not been seen. */
export interface Guess {
  readonly queue: string;
  /** Undefined for the retry of a task whose queue was counted before. */
  readonly rule: QueueRule | undefined;
  /** Whether a task-sent that says better is likely to be on its way. */
  readonly mayImprove: boolean;
}

/** After so many tasks of a name in a row without a task-sent, none is expected: its senders do not send them. */
const SILENT_TASKS = 20;

/** What is known of a task name's senders. */
interface Sender {
  /** The last queue that a task-sent named; undefined where none did. */
  lastQueue: string | undefined;
  /** Tasks since the last task-sent for which it was awaited in vain. */
  silent: number;
}

/** Remembers the last queue of each task name, and counts which rule served. */
export class QueueRules {
  readonly counts: Record<QueueRule, number> = { sent: 0, only_queue: 0, last_queue: 0, unknown: 0 };
  readonly #senders = new Map<string, Sender>();
  readonly #maxNames: number;

  constructor(maxNames: number) {
    this.#maxNames = maxNames;
  }

  /** task-sent said it. */
  learn(name: string, queue: string): void {
    const sender = this.#sender(name);
    sender.lastQueue = queue;
    sender.silent = 0;
  }

  /** A task-sent was awaited for a task of that name, and did not come. */
  awaitedInVain(name: string): void {
    this.#sender(name).silent++;
  }

  /** The queue of a task that was received by this worker and of which no task-sent was seen; not counted yet. */
  guess(name: string, worker: Worker | undefined): Guess {
    const only = worker?.onlyQueue();
    if (only !== undefined) return { queue: only, rule: 'only_queue', mayImprove: false };
    const mayImprove = this.#speaks(name);
    const last = this.#senders.get(name)?.lastQueue;
    if (last === undefined) return { queue: UNKNOWN, rule: 'unknown', mayImprove };
    return { queue: last, rule: 'last_queue', mayImprove };
  }

  /** The queue of a retry of which no task-sent was seen: that of the run before. */
  guessOfRetry(name: string, queue: string): Guess {
    return { queue, rule: undefined, mayImprove: this.#speaks(name) };
  }

  /** The queue of a guess that is final: it counts. */
  use({ queue, rule }: Guess): string {
    if (rule !== undefined) this.counts[rule]++;
    return queue;
  }

  /** The queue of a task for which no task-sent is awaited. */
  resolve(name: string, worker: Worker | undefined): string {
    return this.use(this.guess(name, worker));
  }

  /** Whether a task-sent may be expected: nothing speaks against it yet. */
  #speaks(name: string): boolean {
    return (this.#senders.get(name)?.silent ?? 0) < SILENT_TASKS;
  }

  #sender(name: string): Sender {
    let sender = this.#senders.get(name);
    if (sender === undefined) {
      if (this.#senders.size >= this.#maxNames) {
        const [oldest] = this.#senders.keys();
        if (oldest !== undefined) this.#senders.delete(oldest);
      }
      this.#senders.set(name, (sender = { lastQueue: undefined, silent: 0 }));
    }
    return sender;
  }
}

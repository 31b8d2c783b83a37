// Reads the queues in the background: which there are, how long, and how old their oldest message is.
import { OTHER, UNKNOWN } from '@celery-watch/celery-protocol';
import type { Broker } from '../brokers/broker.js';
import type { Model } from '../tracking/model.js';
import { PollerRecord } from '../tracking/health.js';

export class QueuePoller {
  readonly record = new PollerRecord('queues');
  readonly #broker: Broker;
  readonly #model: Model;
  readonly #configured: readonly string[];
  readonly #clock: () => number;

  /** @param clock epoch seconds */
  constructor(broker: Broker, model: Model, configured: readonly string[], clock: () => number) {
    this.#broker = broker;
    this.#model = model;
    this.#configured = configured;
    this.#clock = clock;
  }

  /** One reading; never rejects. */
  async round(): Promise<void> {
    try {
      const used = this.#usedQueues();
      const bound = await this.#broker.boundQueues();
      const readings = await this.#broker.readQueues([...new Set([...used, ...bound])]);
      const now = this.#clock();
      // What senders' clocks said, on our clock: an age is what has passed on that one.
      const sentAt = (id: string): number | undefined => {
        const at = this.#model.tracker.sentAt(id);
        return at === undefined ? undefined : at - this.#model.wallIsAhead;
      };
      const shown = new Set<string>();
      for (const [queue, length] of readings.lengths) {
        // Bindings are never removed, so a queue that is only bound may be long dead: it shows once it holds a message.
        if (length === 0 && !used.has(queue)) continue;
        shown.add(queue);
        this.#model.queues.read(queue, length, readings.heads.get(queue) ?? [], sentAt, now);
      }
      this.#model.queues.keepOnly(shown);
      this.#model.queues.unacked = readings.unacked;
      this.record.succeeded(now);
    } catch (error) {
      this.record.failed(error);
    }
  }

  /** Configured, consumed by a worker that is known, or named by task-sent. */
  #usedQueues(): ReadonlySet<string> {
    const names = new Set(this.#configured);
    for (const worker of this.#model.workers) for (const queue of worker.queues ?? []) names.add(queue.name);
    for (const { queue } of this.#model.tasks) names.add(queue);
    names.delete(UNKNOWN);
    names.delete(OTHER);
    return names;
  }
}

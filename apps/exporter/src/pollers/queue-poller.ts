// Reads the queues in the background: which there are, how long, and how old their oldest message is.
import { OTHER, type RedisTransportOptions, UNKNOWN } from '@celery-watch/celery-protocol';
import type { Log } from '@celery-watch/service';
import type { Broker } from '../brokers/broker.js';
import type { Model } from '../tracking/model.js';
import { PollerRecord } from '../tracking/health.js';
import { consumedQueues } from '../tracking/queues/consumers.js';
import { type Disagreement, settle } from '../tracking/queues/stated-settings.js';

export class QueuePoller {
  readonly record = new PollerRecord('queues');
  readonly #broker: Broker;
  readonly #model: Model;
  readonly #configured: readonly string[];
  readonly #clock: () => number;

  readonly #options: RedisTransportOptions;
  readonly #log: Log;

  /**
   * @param options the exporter's own transport options
   * @param clock epoch seconds
   */
  constructor(
    broker: Broker,
    model: Model,
    configured: readonly string[],
    options: RedisTransportOptions,
    log: Log,
    clock: () => number,
  ) {
    this.#options = options;
    this.#log = log;
    this.#broker = broker;
    this.#model = model;
    this.#configured = configured;
    this.#clock = clock;
  }

  /** One reading; never rejects. */
  async round(): Promise<void> {
    try {
      this.#takeOver();
      const used = this.#usedQueues();
      const bound = await this.#broker.boundQueues();
      const readings = await this.#broker.readQueues([...new Set([...used, ...bound])]);
      const now = this.#clock();
      const since = (id: string): number | undefined => this.#model.waitingSince(id);
      const waits =
        readings.hidesHeads === true ? this.#model.oldestWaiting(readings.lengths, now) : new Map<string, number>();
      const shown = new Set<string>();
      for (const [queue, length] of readings.lengths) {
        // Bindings are never removed, so a queue that is only bound may be long dead: it shows once it holds a message.
        if (length === 0 && !used.has(queue)) continue;
        shown.add(queue);
        const heads = readings.heads.get(queue) ?? waits.get(queue);
        this.#model.queues.read(queue, length, heads, since, now, this.#model.wallIsAhead);
      }
      this.#model.queues.keepOnly(shown);
      const consumed = consumedQueues(this.#model.workers);
      this.#model.silentTasks.read(this.#model.tasks, (queue) => readings.lengths.get(queue), consumed);
      this.#model.queues.consumers = readings.consumers;
      this.#model.queues.delayed = readings.delayed;
      this.#model.queues.unacked = this.#model.settings?.keepsUnacked === false ? undefined : readings.unacked;
      this.record.succeeded(now);
    } catch (error) {
      this.record.failed(error);
    }
  }

  /** Looks for messages where the workers do, as far as they say it and the exporter was not told otherwise. */
  #takeOver(): void {
    const before = this.#model.settings;
    const { workers, reach } = this.#model;
    const now = settle(this.#options, { workers, reach, before });
    if (now === undefined) return;
    this.#model.settings = now;
    if (JSON.stringify(before?.readUnder) !== JSON.stringify(now.readUnder)) this.#broker.readUnder?.(now.readUnder);
    const known = new Set(before?.disagreements.map(textOf));
    for (const each of now.disagreements) {
      if (known.has(textOf(each))) continue;
      const fields = { setting: each.setting, ours: each.ours, workers: each.theirs.map(({ value }) => value) };
      if (each.given || each.theirs.length > 1)
        this.#log.warn(fields, `${each.setting} differs: queues may be read where the workers do not put messages`);
      else this.#log.info(fields, `${each.setting} is taken over from the workers`);
    }
  }

  /** Configured, consumed by a worker that is known, or named by task-sent. */
  #usedQueues(): ReadonlySet<string> {
    const names = new Set(this.#configured);
    for (const worker of this.#model.workers) for (const queue of worker.queues ?? []) names.add(queue.name);
    // A series of tasks has these words where no queue is known or meant; a queue may be called so all the same.
    for (const { queue } of this.#model.tasks) if (queue !== UNKNOWN && queue !== OTHER) names.add(queue);
    return names;
  }
}

/** What of it is worth a line in the log; the nodenames come and go. */
function textOf({ setting, theirs }: Disagreement): string {
  return JSON.stringify([setting, theirs.map(({ value }) => value).sort()]);
}

// Counts as Flower does, one for each event, beside the tracker: by worker, event type and task name.
import {
  type CustomEvent,
  isName,
  OTHER,
  type TaskEvent,
  UNKNOWN,
  type WorkerEvent,
} from '@celery-watch/celery-protocol';
import type { Model } from '../../tracking/model.js';
import { type EventTap, knownTask } from '../../tracking/taps.js';
import type { FlowerBook, FlowerSeries, FlowerWorker } from './flower-book.js';

export interface FlowerTtl {
  /** Seconds that a worker which is down keeps its series. */
  readonly worker: number;
  /** The same of a client that sends tasks: nothing tells whether it is gone. */
  readonly sender: number;
  /** Seconds after which a task of which nothing is heard is given up. */
  readonly task: number;
}

/** The same of a client while there is hardly room for others: each restart of one has another pid in its name. */
const CROWDED_SENDER_TTL = 3600;
/** Seconds between two looks for whoever is gone. */
const FORGET_INTERVAL = 60;
const SENT = 'task-sent';

export class FlowerTap implements EventTap {
  readonly #model: Model;
  readonly #book: FlowerBook;
  readonly #ttl: FlowerTtl;
  #lastForget = 0;

  constructor(model: Model, book: FlowerBook, ttl: FlowerTtl) {
    this.#model = model;
    this.#book = book;
    this.#ttl = ttl;
  }

  task(event: TaskEvent, now: number): void {
    const series = this.#seriesOf(event, now);
    this.#book.count(series, event.type);
    const { owner } = series;
    switch (event.type) {
      case SENT:
        return;
      case 'task-received':
        // Flower leaves out what is planned for later: it waits for its time, not for a free process.
        this.#book.release(owner, event.uuid);
        if (event.eta === null && owner.name === event.hostname)
          this.#book.take(series, event.uuid, event.timestamp, now);
        return;
      case 'task-started':
        this.#book.begin(owner, event.uuid, event.timestamp);
        return;
      case 'task-succeeded':
        // Flower observes no run time of 0, and none of failures: their events have none.
        if (event.runtime > 0) this.#book.observeRuntime(series, event.runtime);
        this.#ended(owner, event.uuid);
        return;
      case 'task-failed':
        this.#ended(owner, event.uuid);
        return;
      case 'task-retried':
      case 'task-rejected':
      case 'task-revoked':
      case 'task-cancelled':
        this.#book.release(owner, event.uuid);
    }
  }

  /** Celery's own come to `task` and `worker`; of all others Flower counts those that are called like a task's. */
  custom(event: CustomEvent, now: number): void {
    if (!event.type.startsWith('task-')) return;
    // Anything may stand in its other fields.
    const { uuid, name, runtime } = event as Partial<Record<'uuid' | 'name' | 'runtime', unknown>>;
    const series = this.#seriesOf({ hostname: event.hostname, uuid: typeof uuid === 'string' ? uuid : '', name }, now);
    this.#book.count(series, isName(event.type) ? event.type : OTHER);
    if (typeof runtime === 'number' && runtime > 0) this.#book.observeRuntime(series, runtime);
  }

  worker({ type, hostname }: WorkerEvent): void {
    // It starts, or has a new connection: what it held and had not begun goes back to the queue
    // (docs/protocol/events.md#tasks-that-a-worker-holds).
    if (type !== 'worker-online' || (this.#model.workers.get(hostname)?.instances ?? 1) > 1) return;
    const worker = this.#book.get(hostname);
    if (worker === undefined) return;
    for (const [id, { hasStarted }] of worker.taken) if (!hasStarted) this.#book.release(worker, id);
  }

  tick(now: number): void {
    for (const worker of this.#book)
      if (!worker.isEmptied && this.#model.workers.get(worker.name)?.up === false) this.#book.empty(worker);
    if (now - this.#lastForget < FORGET_INTERVAL) return;
    this.#lastForget = now;
    const sender = this.#book.isCrowded ? Math.min(CROWDED_SENDER_TTL, this.#ttl.sender) : this.#ttl.sender;
    for (const worker of this.#book) {
      this.#book.releaseOlderThan(worker, now - this.#ttl.task);
      if (this.#isOver(worker, now, sender)) this.#book.forget(worker);
    }
  }

  #isOver(worker: FlowerWorker, now: number, senderTtl: number): boolean {
    if (this.#model.workers.get(worker.name) !== undefined) return false;
    return now - worker.lastSeen > (isSender(worker) ? senderTtl : this.#ttl.worker);
  }

  #ended(owner: FlowerWorker, id: string): void {
    const task = this.#book.release(owner, id);
    if (task?.hasStarted === true) task.series.prefetchTime = 0;
  }

  #seriesOf({ hostname, uuid, name: said }: Named, now: number): FlowerSeries {
    const name = isName(said) ? said : undefined;
    // What the worker holds is known here, and found faster.
    const held = name === undefined ? this.#book.get(hostname)?.taken.get(uuid)?.series : undefined;
    if (held !== undefined) return this.#book.seen(held, now);
    const known = knownTask(this.#model, uuid)?.name ?? UNKNOWN;
    // The name that the event says: of a task with a shadow, the sender and the worker say different ones
    // (docs/protocol/events.md#names-and-queues). One that has no series of its own with us has none here.
    const task = known === OTHER ? OTHER : (name ?? (known === UNKNOWN ? '' : known));
    return this.#book.series(hostname, task, now);
  }
}

interface Named {
  readonly hostname: string;
  readonly uuid: string;
  readonly name?: unknown;
}

function isSender({ tasks }: FlowerWorker): boolean {
  for (const { events } of tasks.values()) for (const type of events.keys()) if (type !== SENT) return false;
  return true;
}

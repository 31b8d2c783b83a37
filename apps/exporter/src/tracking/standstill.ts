// Does a worker take no tasks although there are some, it has a free process and holds none? Celery 5.2 never consumes
// again after its Redis was away, and its heartbeats say that all is well
// (docs/protocol/redis.md#consumers-that-never-come-back).
import { STATE_INDEX } from './tasks/task-series.js';
import type { Worker } from './workers/worker.js';

export interface StandstillSettings {
  /** Heartbeats that may be missing, in multiples of the worker's own interval. */
  readonly missedHeartbeats: number;
  /** A heartbeat that is no older is never too old, seconds. */
  readonly minSilence: number;
}

interface Watched {
  /** What rises with every task that it takes. */
  readonly taken: number;
  readonly since: number;
}

/** Since when each worker stands still. */
export class Standstill {
  readonly #settings: StandstillSettings;
  readonly #watched = new WeakMap<Worker, Watched>();
  readonly #seconds = new WeakMap<Worker, number>();
  /** Events that each was known to have missed when it was looked at. */
  readonly #missed = new WeakMap<Worker, number>();

  constructor(settings: StandstillSettings) {
    this.#settings = settings;
  }

  /**
   * Looks at a worker; call it about once a second.
   * @param waiting messages in its queues at the last reading; undefined where none of them was read
   */
  look(worker: Worker, waiting: number | undefined, now: number): void {
    const free = this.#free(worker, now);
    if (free === undefined || waiting === undefined) return this.forget(worker);
    // The start of what it is thought to hold may be among them.
    if (worker.missed > (this.#missed.get(worker) ?? 0)) worker.held.forget();
    this.#missed.set(worker, worker.missed);
    const taken = takenBy(worker);
    const before = this.#watched.get(worker);
    if (free <= 0 || !worker.held.isEmpty || waiting === 0 || before === undefined || before.taken !== taken)
      this.#watched.set(worker, { taken, since: now });
    this.#seconds.set(worker, now - (this.#watched.get(worker)?.since ?? now));
  }

  /** Nothing is known of it any more: what it begins meanwhile is not heard either. */
  disconnected(worker: Worker): void {
    worker.held.forget();
    this.forget(worker);
  }

  /** Nothing can be told of it just now. */
  forget(worker: Worker): void {
    this.#watched.delete(worker);
    this.#seconds.delete(worker);
  }

  /** Seconds for which it has stood still, 0 where it does not; undefined where that cannot be told. */
  of(worker: Worker): number | undefined {
    return this.#seconds.get(worker);
  }

  /**
   * How many more tasks it could run, as its last heartbeat says. Undefined where it does not say it just now: a solo
   * worker is silent while a task runs (docs/protocol/events.md#solo-pool).
   */
  #free(worker: Worker, now: number): number | undefined {
    const { missedHeartbeats, minSilence } = this.#settings;
    const active = worker.total((each) => each.active);
    const isFresh = worker
      .speakers()
      .every(({ beatAt, frequency }) => now - beatAt <= Math.max(minSilence, (frequency ?? 0) * missedHeartbeats));
    const processes = worker.pool?.processes ?? 0;
    return active === undefined || processes === 0 || !isFresh ? undefined : processes - active;
  }
}

function takenBy(worker: Worker): number {
  const processed = worker.total(({ heartbeat }) => heartbeat?.processed) ?? 0;
  return processed + (worker.states[STATE_INDEX.received] as number);
}

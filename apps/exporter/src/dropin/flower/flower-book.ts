// The numbers that Flower keeps: events, run times and prefetched tasks of each worker and task name, bounded.
import { OTHER } from '@celery-watch/celery-protocol';
import { HistogramValue } from '@celery-watch/metrics';

/** One worker (or sender) and task name. */
export interface FlowerSeries {
  readonly owner: FlowerWorker;
  /** Empty where nothing named the task, as in Flower. */
  readonly task: string;
  /** By event type. */
  readonly events: Map<string, number>;
  runtime: HistogramValue | undefined;
  /** Seconds that the task which began last had waited in the worker; undefined before the first without an ETA. */
  prefetchTime: number | undefined;
  /** Tasks that wait in the worker; undefined before the first without an ETA. */
  prefetched: number | undefined;
}

/** Whoever sends task events: a worker by its nodename, or a client by its `gen<pid>@host`. */
export interface FlowerWorker {
  readonly name: string;
  readonly tasks: Map<string, FlowerSeries>;
  /** What it has taken without an ETA, by id, oldest first; the entry goes when the task ends. */
  readonly taken: Map<string, TakenTask>;
  /** Exporter's clock. */
  lastSeen: number;
  /** It was found down, and has taken nothing since. */
  isEmptied: boolean;
}

export interface TakenTask {
  readonly series: FlowerSeries;
  /** Worker's clock. */
  readonly receivedAt: number;
  /** Exporter's clock. */
  readonly heardAt: number;
  hasStarted: boolean;
}

export interface FlowerBookSettings {
  readonly runtimeBuckets: readonly number[];
  /** Most pairs of worker and task name. */
  readonly maxSeries: number;
  /** Most event types for a pair; custom events can have any. */
  readonly maxTypes: number;
  /** Most tasks that are remembered until they end; what is over it is not counted as prefetched. */
  readonly maxTaken: number;
}

export class FlowerBook {
  readonly #settings: FlowerBookSettings;
  readonly #workers = new Map<string, FlowerWorker>();
  readonly #onDropped: () => void;
  #size = 0;
  #taken = 0;

  /** @param onDropped told of each sighting of a pair that found no room */
  constructor(settings: FlowerBookSettings, onDropped: () => void) {
    this.#settings = settings;
    this.#onDropped = onDropped;
  }

  [Symbol.iterator](): IterableIterator<FlowerWorker> {
    return this.#workers.values();
  }

  get(name: string): FlowerWorker | undefined {
    return this.#workers.get(name);
  }

  /** Whether there is hardly room for more. */
  get isCrowded(): boolean {
    return this.#size > this.#settings.maxSeries * 0.9;
  }

  /** The series of a pair, made at its first sight; that of `other` where there is no room. */
  series(worker: string, task: string, now: number): FlowerSeries {
    const known = this.#workers.get(worker)?.tasks.get(task);
    if (known !== undefined) return this.seen(known, now);
    if (this.#size < this.#settings.maxSeries) return this.#make(worker, task, now);
    this.#onDropped();
    return this.#workers.get(OTHER)?.tasks.get(OTHER) ?? this.#make(OTHER, OTHER, now);
  }

  seen(series: FlowerSeries, now: number): FlowerSeries {
    series.owner.lastSeen = now;
    return series;
  }

  count({ events }: FlowerSeries, type: string): void {
    const known = events.get(type);
    if (known !== undefined) events.set(type, known + 1);
    else if (events.size < this.#settings.maxTypes) events.set(type, 1);
    else events.set(OTHER, (events.get(OTHER) ?? 0) + 1);
  }

  observeRuntime(series: FlowerSeries, seconds: number): void {
    (series.runtime ??= new HistogramValue(this.#settings.runtimeBuckets)).observe(seconds);
  }

  /** The worker has taken a task that it holds until a process is free; one that it has not yet. */
  take(series: FlowerSeries, id: string, receivedAt: number, now: number): void {
    const { owner } = series;
    series.prefetched ??= 0;
    if (this.#taken >= this.#settings.maxTaken) return;
    this.#taken++;
    owner.isEmptied = false;
    owner.taken.set(id, { series, receivedAt, heardAt: now, hasStarted: false });
    series.prefetched++;
  }

  /** A task that the worker held begins. */
  begin({ taken }: FlowerWorker, id: string, startedAt: number): void {
    const task = taken.get(id);
    if (task === undefined || task.hasStarted) return;
    task.hasStarted = true;
    task.series.prefetchTime = Math.max(0, startedAt - task.receivedAt);
    task.series.prefetched = (task.series.prefetched ?? 1) - 1;
  }

  /** The worker has the task no more. */
  release({ taken }: FlowerWorker, id: string): TakenTask | undefined {
    const task = taken.get(id);
    if (task === undefined) return undefined;
    taken.delete(id);
    this.#taken--;
    if (!task.hasStarted) task.series.prefetched = (task.series.prefetched ?? 1) - 1;
    return task;
  }

  /** What the worker took of which nothing came since: the events of its end were lost. */
  releaseOlderThan(worker: FlowerWorker, limit: number): void {
    for (const [id, { heardAt }] of worker.taken) {
      if (heardAt > limit) return;
      this.release(worker, id);
    }
  }

  /** The worker is gone, and with it all that it held: nothing waits there. */
  empty(worker: FlowerWorker): void {
    worker.isEmptied = true;
    this.#taken -= worker.taken.size;
    worker.taken.clear();
    for (const series of worker.tasks.values()) {
      if (series.prefetched !== undefined) series.prefetched = 0;
      if (series.prefetchTime !== undefined) series.prefetchTime = 0;
    }
  }

  forget(worker: FlowerWorker): void {
    this.#workers.delete(worker.name);
    this.#size -= worker.tasks.size;
    this.#taken -= worker.taken.size;
  }

  #make(name: string, task: string, now: number): FlowerSeries {
    let owner = this.#workers.get(name);
    if (owner === undefined) {
      owner = { name, tasks: new Map(), taken: new Map(), lastSeen: now, isEmptied: false };
      this.#workers.set(name, owner);
    }
    owner.lastSeen = now;
    const made: FlowerSeries = {
      owner,
      task,
      events: new Map(),
      runtime: undefined,
      prefetchTime: undefined,
      prefetched: undefined,
    };
    owner.tasks.set(task, made);
    this.#size++;
    return made;
  }
}

// The numbers of tasks by name and queue: what `/metrics` shows of tasks, kept where the tracker can bump them.
import { OTHER, TASK_STATES, type TaskState, UNKNOWN } from '@celery-watch/celery-protocol';
import { HistogramValue } from '@celery-watch/metrics';

/** Index of each state in `TaskSeries.states`. */
export const STATE_INDEX = Object.fromEntries(TASK_STATES.map((state, index) => [state, index])) as Readonly<
  Record<TaskState, number>
>;

/** What is kept once for each task name. */
export interface TaskName {
  readonly name: string;
  /** Epoch seconds; 0 while no success was seen. */
  lastSuccess: number;
}

/** One pair of name and queue. */
export interface TaskSeries {
  readonly index: number;
  readonly task: TaskName;
  readonly queue: string;
  /** Counts by STATE_INDEX; all of them start at zero together, so that a first failure is a step and not a birth. */
  readonly states: Float64Array;
  /** Failures by exception class. */
  readonly failures: Map<string, number>;
  duration: HistogramValue | undefined;
  /** Of successful executions only; undefined where nobody wants it. */
  runtime: HistogramValue | undefined;
  /** Until it started, since it could run or, where no sender told, since its receipt; where somebody wants it. */
  pickup: HistogramValue | undefined;
  queueWait: HistogramValue | undefined;
  prefetchWait: HistogramValue | undefined;
  running: number;
  lost: number;
  unresolved: number;
  /** Exporter's clock, seconds. */
  lastSeen: number;
}

export interface SeriesSettings {
  /** Most pairs of name and queue, beside `other` and `unknown`. */
  readonly maxSeries: number;
  /** Whether a task name gets series of its own; the rest is counted under `other`. */
  readonly isWanted: (name: string) => boolean;
  /** Most exception classes for one pair of name and queue; the rest counts under `other`. */
  readonly maxExceptions: number;
  readonly durationBuckets: readonly number[];
  readonly waitBuckets: readonly number[];
  /** Where they are given, the run time of successful executions is counted by these too. */
  readonly runtimeBuckets?: readonly number[] | undefined;
  /** Where they are given, the time until a task is picked up is counted by these (`TaskSeries.pickup`). */
  readonly pickupBuckets?: readonly number[] | undefined;
  /** Bounds by which the waiting times can be read beside `waitBuckets`. */
  readonly moreWaitBuckets?: readonly number[] | undefined;
}

/** Told of what only the book sees. */
export interface SeriesListener {
  /** A pair was sighted that found no room. */
  droppedSeries(): void;
  /** The same of an exception class. */
  droppedException(): void;
  /** A series ends in another one. */
  merged(from: TaskSeries, to: TaskSeries): void;
  /** A waiting time in a queue was measured. */
  queueWait(seconds: number): void;
}

/** All pairs that were seen, with a cap; what is over it, or not wanted, shares the pair `other`, `other`. */
export class TaskSeriesBook {
  readonly #settings: SeriesSettings;
  readonly #byName = new Map<string, Map<string, TaskSeries>>();
  readonly #names = new Map<string, TaskName>();
  readonly #byIndex: (TaskSeries | undefined)[] = [];
  readonly #freeIndexes: number[] = [];
  readonly #listener: SeriesListener;
  readonly #waitBounds: readonly number[];
  #size = 0;

  constructor(settings: SeriesSettings, listener: SeriesListener) {
    this.#settings = settings;
    this.#listener = listener;
    const { waitBuckets, moreWaitBuckets = [] } = settings;
    this.#waitBounds = [...new Set([...waitBuckets, ...moreWaitBuckets])].sort((a, b) => a - b);
  }

  /** The series of a pair, made at its first sight. */
  get(name: string, queue: string, now: number): TaskSeries {
    const series = this.#byName.get(name)?.get(queue) ?? this.#admit(name, queue, now);
    heard(series, now);
    return series;
  }

  /** The series of a pair that was seen; nothing is heard of it by this. */
  find(name: string, queue: string): TaskSeries | undefined {
    return this.#byName.get(name)?.get(queue);
  }

  /** Whether it has not been forgotten, or merged into another. */
  has(series: TaskSeries): boolean {
    return this.#byIndex[series.index] === series;
  }

  /** What a name is shown as: tasks that are not wanted are all `other`. */
  shownName(name: string): string {
    return this.#settings.isWanted(name) ? name : OTHER;
  }

  /** The series of what no event names. */
  unknown(now: number): TaskSeries {
    return this.get(UNKNOWN, UNKNOWN, now);
  }

  /**
   * A series for one task whose queue is not known yet: it has an index, but `/metrics` does not show it, until `merge`
   * ends it. Undefined for a name that would be folded into `other` anyway.
   */
  provisional(name: string, now: number): TaskSeries | undefined {
    const hasRoom = this.#byName.has(name) || this.#size < this.#settings.maxSeries;
    if (!hasRoom || !this.#settings.isWanted(name)) return undefined;
    return this.#create({ name, lastSuccess: 0 }, UNKNOWN, now);
  }

  /** Adds to a series what a provisional one has counted, and ends that one. */
  merge(from: TaskSeries, to: TaskSeries): void {
    for (const [exception, count] of from.failures) this.countFailures(to, exception, count);
    from.states.forEach((count, state) => {
      (to.states[state] as number) += count;
    });
    to.task.lastSuccess = Math.max(to.task.lastSuccess, from.task.lastSuccess);
    to.duration = merged(from.duration, to.duration);
    to.runtime = merged(from.runtime, to.runtime);
    to.pickup = merged(from.pickup, to.pickup);
    to.queueWait = merged(from.queueWait, to.queueWait);
    to.prefetchWait = merged(from.prefetchWait, to.prefetchWait);
    to.running += from.running;
    to.lost += from.lost;
    to.unresolved += from.unresolved;
    heard(to, from.lastSeen);
    this.#listener.merged(from, to);
    this.#release(from.index);
  }

  /** By the index that table rows keep. A series is only forgotten when no row can point to it any more. */
  at(index: number): TaskSeries {
    const series = this.#byIndex[index];
    if (series === undefined) throw new RangeError(`no task series ${String(index)}`);
    return series;
  }

  /** All series, oldest first. */
  *[Symbol.iterator](): Generator<TaskSeries> {
    for (const queues of this.#byName.values()) yield* queues.values();
  }

  names(): IterableIterator<TaskName> {
    return this.#names.values();
  }

  /** Counts failures by class, up to the cap of each pair; further classes count under `other`. */
  countFailures({ failures }: Pick<TaskSeries, 'failures'>, exception: string, count: number): void {
    let counted = exception;
    if (!failures.has(exception) && failures.size >= this.#settings.maxExceptions) {
      this.#listener.droppedException();
      counted = OTHER;
    }
    failures.set(counted, (failures.get(counted) ?? 0) + count);
  }

  observeDuration(series: TaskSeries, seconds: number): void {
    (series.duration ??= new HistogramValue(this.#settings.durationBuckets)).observe(seconds);
  }

  /** A successful execution, where its run time is wanted apart from that of the failed ones. */
  observeRuntime(series: TaskSeries, seconds: number): void {
    if (this.#settings.runtimeBuckets === undefined) return;
    (series.runtime ??= new HistogramValue(this.#settings.runtimeBuckets)).observe(seconds);
  }

  observePickup(series: TaskSeries, seconds: number): void {
    if (this.#settings.pickupBuckets === undefined) return;
    (series.pickup ??= new HistogramValue(this.#settings.pickupBuckets)).observe(seconds);
  }

  observeQueueWait(series: TaskSeries, seconds: number): void {
    (series.queueWait ??= new HistogramValue(this.#waitBounds)).observe(seconds);
    this.#listener.queueWait(seconds);
  }

  observePrefetchWait(series: TaskSeries, seconds: number): void {
    (series.prefetchWait ??= new HistogramValue(this.#waitBounds)).observe(seconds);
  }

  /** Forgets the series that nothing was heard of since. The caller's limit must lie before any table row's. */
  forgetBefore(limit: number): void {
    for (const [name, queues] of this.#byName) {
      for (const [queue, series] of queues) {
        if (series.lastSeen >= limit || series.running > 0) continue;
        queues.delete(queue);
        this.#release(series.index);
        if (!isReserved(name, queue)) this.#size--;
      }
      if (queues.size === 0) {
        this.#byName.delete(name);
        this.#names.delete(name);
      }
    }
  }

  #admit(name: string, queue: string, now: number): TaskSeries {
    if (isReserved(name, queue)) return this.#make(name, queue, now);
    if (!this.#settings.isWanted(name)) return this.get(OTHER, OTHER, now);
    if (this.#size >= this.#settings.maxSeries) {
      this.#listener.droppedSeries();
      return this.get(OTHER, OTHER, now);
    }
    this.#size++;
    return this.#make(name, queue, now);
  }

  #make(name: string, queue: string, now: number): TaskSeries {
    let task = this.#names.get(name);
    if (task === undefined) this.#names.set(name, (task = { name, lastSuccess: 0 }));
    const series = this.#create(task, queue, now);
    let queues = this.#byName.get(name);
    if (queues === undefined) this.#byName.set(name, (queues = new Map<string, TaskSeries>()));
    queues.set(queue, series);
    return series;
  }

  #create(task: TaskName, queue: string, now: number): TaskSeries {
    const series: TaskSeries = {
      index: this.#freeIndexes.pop() ?? this.#byIndex.length,
      task,
      queue,
      states: new Float64Array(TASK_STATES.length),
      failures: new Map(),
      duration: undefined,
      runtime: undefined,
      pickup: undefined,
      queueWait: undefined,
      prefetchWait: undefined,
      running: 0,
      lost: 0,
      unresolved: 0,
      lastSeen: now,
    };
    this.#byIndex[series.index] = series;
    return series;
  }

  #release(index: number): void {
    this.#byIndex[index] = undefined;
    this.#freeIndexes.push(index);
  }
}

/** The series was heard of. Never back, whatever the clock does: rows that were heard of later point to it. */
export function heard(series: TaskSeries, now: number): void {
  if (now > series.lastSeen) series.lastSeen = now;
}

/** One more event of that state. */
export function count(series: TaskSeries, state: TaskState, now: number): void {
  heard(series, now);
  (series.states[STATE_INDEX[state]] as number)++;
}

function merged(from: HistogramValue | undefined, to: HistogramValue | undefined): HistogramValue | undefined {
  if (from === undefined || to === undefined) return to ?? from;
  to.add(from);
  return to;
}

/** The two pairs that always find room: no filter and no cap may hide what they stand for. */
function isReserved(name: string, queue: string): boolean {
  return name === queue && (name === OTHER || name === UNKNOWN);
}

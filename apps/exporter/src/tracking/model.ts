// What the exporter knows: tasks, workers and queues, fed by messages from the broker, by polls and by time.
import {
  type CustomEvent,
  decodeEvents,
  type EventSink,
  exporterMetrics,
  type Message,
  type MetricEntry,
  queueMetrics,
  type RefusalReason,
  type TaskEvent,
  taskMetrics,
  type WorkerEvent,
  workerMetrics,
  type WorkerStats,
} from '@celery-watch/celery-protocol';
import { HistogramValue } from '@celery-watch/metrics';
import { CustomBook } from './custom/custom-book.js';
import type { CustomMetric } from './custom/custom-metric.js';
import { giveUpOverPool, giveUpPastBelief } from './workers/broken-connection.js';
import { census, type Consumers, type ControlReach } from './queues/consumers.js';
import { QueueBook } from './queues/queue-book.js';
import { type SeriesSettings, TaskSeriesBook } from './tasks/task-series.js';
import { SilentTaskBook } from './tasks/silent-tasks.js';
import type { StatedSettings } from './queues/stated-settings.js';
import type { EventTap } from './taps.js';
import { TaskTracker, type TrackerSettings } from './tasks/task-tracker.js';
import { oldestWaiting } from './tasks/waiting-tasks.js';
import { Standstill } from './standstill.js';
import { WallOffsets } from './wall-offsets.js';
import type { Worker, WorkerProcess } from './workers/worker.js';
import { WorkerBook, type WorkerBookSettings } from './workers/worker-book.js';

/** The metrics whose label sets have a cap; what finds no room is counted under these names. */
export const CAPPED_METRICS: readonly string[] = [
  taskMetrics.tasks,
  taskMetrics.failures,
  workerMetrics.up,
  queueMetrics.length,
].map(({ name }) => name);

export interface ModelSettings {
  readonly series: SeriesSettings;
  readonly tracker: TrackerSettings;
  readonly workers: WorkerBookSettings;
  /** Most queues that are followed. */
  readonly maxQueues: number;
  /** Seconds after which the series of a task that is not heard of go; more than the tracker's taskTtl. */
  readonly seriesTtl: number;
  /** Metrics of the user's own. */
  readonly custom?: readonly CustomMetric[];
}

/** A list of executing tasks that a worker process gave, held until its next heartbeat. */
interface ReportedRuns {
  readonly ids: ReadonlySet<string>;
  /** Worker's clock at its last heartbeat before it was asked. */
  readonly before: number;
}

const NOTHING: ReadonlySet<string> = new Set();
/** Seconds between two looks for series that nobody uses any more. */
const FORGET_INTERVAL = 60;

export class Model implements EventSink {
  readonly tasks: TaskSeriesBook;
  readonly workers: WorkerBook;
  readonly tracker: TaskTracker;
  readonly queues: QueueBook;
  readonly standstill: Standstill;
  /** Events by type; custom for types that Celery does not define. */
  readonly events = new Map<string, number>();
  readonly refusals = new Map<RefusalReason, number>();
  /** Sightings of label sets that found no room, by metric. */
  readonly dropped = new Map<string, number>();
  /** How far the last question to all workers reached; undefined before the first. */
  reach: ControlReach | undefined = undefined;
  /** The workers' transport options against ours; undefined before any worker has told its own. */
  settings: StatedSettings | undefined = undefined;
  readonly silentTasks = new SilentTaskBook();
  readonly customMetrics: CustomBook;
  readonly lag = new HistogramValue(exporterMetrics.lag.buckets ?? []);
  /** Events that the broker threw away since we were too slow; undefined where none can tell. */
  brokerDrops: number | undefined = undefined;
  /** Who else hears each event, in this order, after the model has taken it. */
  readonly taps: EventTap[] = [];
  /** Told of each worker process at its first sign of life. */
  onWorkerStarted: (process: WorkerProcess) => void = () => undefined;
  /** Told of each refusal, for the log. */
  onRefused: (reason: RefusalReason, detail: string) => void = () => undefined;

  readonly #settings: ModelSettings;
  readonly #reported = new Map<WorkerProcess, ReportedRuns>();
  readonly #wall = new WallOffsets();
  #isListening = false;
  #deafSince: number | undefined = undefined;
  #now = 0;
  #lastForget = 0;

  constructor(settings: ModelSettings) {
    this.#settings = settings;
    this.tasks = new TaskSeriesBook(settings.series, {
      droppedSeries: () => {
        this.#drop(taskMetrics.tasks);
      },
      droppedException: () => {
        this.#drop(taskMetrics.failures);
      },
      merged: (from, to) => {
        for (const tap of this.taps) tap.merged?.(from, to);
      },
      queueWait: (seconds) => {
        for (const tap of this.taps) tap.queueWait?.(seconds);
      },
    });
    this.workers = new WorkerBook(settings.workers, {
      started: (process) => {
        this.onWorkerStarted(process);
      },
      died: (process) => {
        this.#reported.delete(process);
        const heir = process.owner.heirOf(process);
        if (heir === undefined) this.tracker.silentEnds.lose(process, this.#now);
        else this.tracker.executions.handOver(process, heir);
      },
      beat: (process) => {
        this.#resolveSilentEnds(process);
      },
      dropped: () => {
        this.#drop(workerMetrics.up);
      },
    });
    this.tracker = new TaskTracker(
      settings.tracker,
      this.tasks,
      this.workers,
      (name) => this.queues.get(name) !== undefined,
    );
    this.standstill = new Standstill(settings.workers);
    this.queues = new QueueBook(settings.maxQueues, () => {
      this.#drop(queueMetrics.length);
    });
    this.customMetrics = new CustomBook(settings.custom ?? [], this, (name) => {
      this.#drop({ name });
    });
    this.taps.push(this.customMetrics);
  }

  /**
   * Takes a message of the event exchange. `now`, as everywhere here: epoch seconds of a clock that nobody sets; one
   * that goes back all the same stands still. Never throws.
   */
  receive(message: Message, now: number): void {
    this.#now = Math.max(this.#now, now);
    decodeEvents(message, this);
  }

  task(event: TaskEvent): void {
    this.#seen(event.type, event.timestamp);
    this.tracker.event(event, this.#now);
    for (const tap of this.taps) tap.task?.(event, this.#now);
  }

  worker(event: WorkerEvent): void {
    this.#seen(event.type, event.timestamp);
    this.workers.event(event, this.#now, this.wallIsAhead);
    for (const tap of this.taps) tap.worker?.(event, this.#now);
  }

  custom(event: CustomEvent): void {
    this.#seen('custom', event.timestamp);
    this.workers.custom(event, this.#now);
    for (const tap of this.taps) tap.custom?.(event, this.#now);
  }

  /** The broker threw so many events away; 0: none yet, and it will tell. */
  droppedByBroker(events: number): void {
    this.brokerDrops = (this.brokerDrops ?? 0) + events;
  }

  refused(reason: RefusalReason, detail: string): void {
    this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
    this.onRefused(reason, detail);
  }

  /** Seconds by which the machine's clock is ahead of `now`, which only goes forward: 0 until somebody sets it. */
  get wallIsAhead(): number {
    return this.#wall.last;
  }

  /**
   * Who consumes each queue, by a look at all workers, and as the broker counts.
   * @param listenedLong workers are asked, and whoever is there has had the time to be heard
   */
  consumers(listenedLong: boolean): (queue: string) => Consumers {
    return census({ workers: this.workers, reach: this.reach, listenedLong, counted: this.queues.consumers });
  }

  /** Until when what is said can have been heard: `now`, or since when the exporter hears nobody. */
  heardUntil(now: number): number {
    return Math.min(now, this.#deafSince ?? now);
  }

  /** The machine's clock was looked at. */
  setWall(isAhead: number, now: number): void {
    this.#wall.set(isAhead, now);
  }

  /**
   * Since when a task could have run, as its event said, on the clock that only goes forward: as the machine's clock
   * stood when the event came, so that one that is set later changes no age. Undefined where no event said so.
   */
  waitingSince(id: string): number | undefined {
    const said = this.tracker.sentAt(id);
    return said === undefined ? undefined : said.at - this.#wall.at(said.heardAt);
  }

  /** Since when the next message of each of these queues has waited, by task-sent; for one that cannot be looked at. */
  oldestWaiting(lengths: ReadonlyMap<string, number>, now: number): ReadonlyMap<string, number> {
    const toOurClock = (said: number, heardAt: number): number => said - this.#wall.at(heardAt);
    return oldestWaiting(this.tracker.table, this.tasks, lengths, toOurClock, now);
  }

  /**
   * The exporter hears workers from now on, or (undefined) does not.
   * @param wasAway what was said meanwhile is lost; not so where a blocked broker lets workers go on with what they say
   */
  listening(now: number | undefined, wasAway = true): void {
    this.workers.listening(now, wasAway, this.wallIsAhead);
    this.#isListening = now !== undefined;
    this.#deafSince = now === undefined ? (this.#deafSince ?? this.#now) : undefined;
    if (now !== undefined) return;
    this.tracker.settleProvisional();
    this.silentTasks.interrupted();
    for (const worker of this.workers) this.standstill.disconnected(worker);
  }

  /** A worker told its pool, as it is now. */
  reportPool(worker: Worker, pool: WorkerStats): void {
    worker.pool = pool;
    giveUpOverPool(this.tracker.silentEnds, worker.processes, this.#now);
  }

  /** A process listed what it executes; `before` is its own clock at its last heartbeat before it was asked. */
  reportActive(process: WorkerProcess, ids: ReadonlySet<string>, before: number): void {
    this.#reported.set(process, { ids, before });
  }

  /** Time passes; call it about once a second. */
  tick(at: number): void {
    const now = Math.max(this.#now, at);
    this.#now = now;
    this.workers.tick(now);
    // A worker that lists a run for ever, of which it will never tell the end, must not make it run for ever.
    giveUpPastBelief(this.tracker.silentEnds, this.workers.eachProcess(), now);
    if (this.#isListening)
      for (const worker of this.workers) this.standstill.look(worker, this.#waitingFor(worker), now);
    this.tracker.tick(now);
    for (const tap of this.taps) tap.tick?.(now);
    if (now - this.#lastForget < FORGET_INTERVAL) return;
    this.#lastForget = now;
    this.tasks.forgetBefore(now - this.#settings.seriesTtl);
  }

  /**
   * Messages in the queues of a worker that were read; undefined where there is no such queue. What lies in the list of
   * a broadcast is taken by nobody (docs/protocol/redis.md#broadcast-queues).
   */
  #waitingFor({ queues = [] }: Worker): number | undefined {
    let waiting: number | undefined;
    for (const { name, isBroadcast } of queues) {
      if (isBroadcast === true) continue;
      const length = this.queues.get(name)?.length;
      if (length !== undefined) waiting = (waiting ?? 0) + length;
    }
    return waiting;
  }

  #resolveSilentEnds(process: WorkerProcess): void {
    const fellows = process.owner.fellowsOf(process);
    const idle = fellows.map((each) => each.idleSince());
    const reported = this.#reported.get(process);
    if (idle.every((since) => since !== undefined)) {
      const idleSince = Math.min(...idle);
      for (const each of fellows) this.tracker.silentEnds.resolve(each, idleSince, NOTHING, this.#now);
    } else if (reported !== undefined)
      this.tracker.silentEnds.resolve(process, reported.before, reported.ids, this.#now);
    if (reported !== undefined) this.#reported.delete(process);
  }

  #seen(type: string, timestamp: number): void {
    this.events.set(type, (this.events.get(type) ?? 0) + 1);
    if (!Number.isNaN(timestamp)) this.lag.observe(this.#now + this.wallIsAhead - timestamp);
  }

  #drop({ name }: Pick<MetricEntry, 'name'>): void {
    this.dropped.set(name, (this.dropped.get(name) ?? 0) + 1);
  }
}

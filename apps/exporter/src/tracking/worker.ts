// One worker by its nodename: its processes one after the other (or two at once, by mistake), and its numbers.
import {
  type ConsumedQueue,
  hostOf,
  TASK_STATES,
  type WorkerEvent,
  type WorkerStats,
} from '@celery-watch/celery-protocol';
import { type Heartbeat, MissedEvents } from './missed-events.js';

export class Worker {
  readonly nodename: string;
  readonly hostname: string;
  /** Its processes that are not given up yet, the youngest last. */
  readonly processes: WorkerProcess[] = [];
  /** Task events by STATE_INDEX. */
  readonly states = new Float64Array(TASK_STATES.length);
  /** Starts seen after the first sight of it. */
  starts = 0;
  readonly exits = { shutdown: 0, died: 0 };
  /** From active_queues; undefined before the first answer. */
  queues: readonly ConsumedQueue[] | undefined = undefined;
  /** From stats; undefined before the first answer. */
  pool: WorkerStats | undefined = undefined;
  /** The last event that carried them. */
  software: { readonly ident: string; readonly version: string; readonly system: string } | undefined = undefined;
  loadAverage: readonly number[] | undefined = undefined;
  /** Exporter's clock at the last heartbeat; 0 before the first. */
  lastHeartbeatAt = 0;
  /** Worker's clock minus ours at the last heartbeat, seconds. */
  clockSkew: number | undefined = undefined;
  /** Missed events of processes that are gone. */
  missedBefore = 0;
  up = true;
  /** Exporter's clock since when it is down; undefined while up. */
  downSince: number | undefined = undefined;

  constructor(nodename: string) {
    this.nodename = nodename;
    this.hostname = hostOf(nodename);
  }

  /**
   * The process that stands for the worker on the page: the youngest that is alive, else the youngest. Undefined when
   * all are given up.
   */
  current(): WorkerProcess | undefined {
    return this.processes.findLast((each) => !each.silent && !each.goodbye) ?? this.processes.at(-1);
  }

  byPid(pid: number): WorkerProcess | undefined {
    for (let i = this.processes.length - 1; i >= 0; i--) {
      if (this.processes[i]?.pid === pid) return this.processes[i];
    }
    return undefined;
  }

  /**
   * Whether it says nothing while a task runs on it. One that took a task at its very start cannot even tell its pool
   * before that ends.
   */
  isSolo(process: WorkerProcess): boolean {
    return this.pool === undefined ? process.isNewborn : this.pool.pool === 'solo';
  }

  /** The queue of everything that runs here, where the worker consumes just one. */
  onlyQueue(): string | undefined {
    return this.queues?.length === 1 ? this.queues[0]?.name : undefined;
  }

  get missed(): number {
    return this.processes.reduce((sum, each) => sum + each.missed.count, this.missedBefore);
  }

  /**
   * The clock skew where it is more than transit time: what makes the worker's timestamps comparable with our clock.
   */
  get trustedSkew(): number {
    return this.clockSkew !== undefined && Math.abs(this.clockSkew) > 1 ? this.clockSkew : 0;
  }

  /** Brings `up` in line with the processes. */
  settle(now: number): void {
    this.up = this.processes.some((each) => !each.silent && !each.goodbye);
    this.downSince = this.up ? undefined : (this.downSince ?? now);
  }

  /** Keeps what a worker event says of the worker as a whole. */
  describe(event: WorkerEvent, now: number): void {
    this.lastHeartbeatAt = now;
    this.clockSkew = event.timestamp - now;
    if (event.loadavg !== undefined) this.loadAverage = event.loadavg;
    if (event.sw_ver !== undefined && this.software?.version !== event.sw_ver) {
      this.software = { ident: event.sw_ident ?? '', version: event.sw_ver, system: event.sw_sys ?? '' };
    }
  }
}

/** Whether the process sends task events. idle: it works on tasks, and none of their events arrive. */
export type TaskEvents = 'unknown' | 'on' | 'idle' | 'unavailable';

/** Python's default is 2 s; a sender that gives none gets the same. */
const DEFAULT_FREQUENCY = 2;

/** One process of a worker, from its first sign of life to its end. */
export class WorkerProcess {
  /** Small number that table rows keep; never 0. */
  readonly id: number;
  readonly owner: Worker;
  readonly pid: number;
  /** Seconds between heartbeats; undefined until one arrived (--without-heartbeat sends none). */
  frequency: number | undefined = undefined;
  /** Exporter's clock at the first sign of life. */
  readonly firstSeen: number;
  /** Exporter's clock at the last sign of life. */
  lastSeen: number;
  heartbeat: Heartbeat | undefined = undefined;
  /** Exporter's clock when it said goodbye: it takes no more tasks, but may still end some. */
  saidGoodbyeAt: number | undefined = undefined;
  /** Its goodbye was taken at its word, and counted. */
  left = false;
  /** Silent for longer than a living worker would be. */
  silent = false;
  /** Silent for so long that its running tasks are given up. */
  dead = false;
  taskEvents: TaskEvents = 'unknown';
  /** Executions of this process that are tracked as running. */
  runs = 0;
  readonly missed = new MissedEvents();

  #before: Heartbeat | undefined = undefined;
  #eventsSinceHeartbeat = 0;
  #quietHeartbeats = 0;

  constructor(id: number, owner: Worker, pid: number, now: number) {
    this.id = id;
    this.owner = owner;
    this.pid = pid;
    this.firstSeen = now;
    this.lastSeen = now;
  }

  /**
   * Takes worker-online or worker-heartbeat; false for a short one, which is a sign of life and tells nothing else
   * (docs/protocol/events.md#short-heartbeat).
   */
  beat(event: WorkerEvent): boolean {
    const { active, processed } = event;
    if (active === undefined || processed === undefined) return false;
    // Two in a row must be two looks at the process: not the same one twice, nor the online of a reconnect just after
    // one.
    if (
      this.heartbeat !== undefined &&
      Math.abs(event.timestamp - this.heartbeat.timestamp) < (this.frequency ?? 0) / 2
    )
      return false;
    this.frequency = event.freq !== undefined && event.freq > 0 ? event.freq : DEFAULT_FREQUENCY;
    const heartbeat = { timestamp: event.timestamp, active, processed };
    this.missed.heartbeat(heartbeat, this.taskEvents === 'on');
    this.#judgeTaskEvents(heartbeat);
    this.#before = this.heartbeat;
    this.heartbeat = heartbeat;
    return true;
  }

  /** A task event of this process arrived; `started` for task-started. */
  taskEvent(started: boolean, timestamp: number): void {
    this.taskEvents = 'on';
    this.#eventsSinceHeartbeat++;
    if (started) this.missed.started(timestamp);
  }

  /**
   * The process answered to enable_events. What it started before, while it was watched with its events off, stays
   * missed: it is in no counter.
   */
  confirmTaskEvents(): void {
    this.#quietHeartbeats = 0;
    this.taskEvents = 'on';
  }

  /**
   * Worker's clock before which every tracked run must have ended, since two heartbeats in a row said that nothing is
   * executing; undefined where they do not say so. Two, because the last events may be on the way while the first is
   * read.
   */
  idleSince(): number | undefined {
    return this.#before?.active === 0 && this.heartbeat?.active === 0 ? this.#before.timestamp : undefined;
  }

  /** Whether more runs are tracked than two heartbeats in a row say are executing: some have ended without an event. */
  isOvercounted(): boolean {
    const { heartbeat } = this;
    return (
      heartbeat !== undefined &&
      this.#before !== undefined &&
      heartbeat.active > 0 &&
      this.runs > Math.max(heartbeat.active, this.#before.active)
    );
  }

  get goodbye(): boolean {
    return this.saidGoodbyeAt !== undefined;
  }

  /** Whether its first heartbeat is all that it has said of itself. */
  get isNewborn(): boolean {
    return this.heartbeat !== undefined && this.#before === undefined;
  }

  /** Whether a worker-online event comes from a new process that has the same pid, as in containers. */
  isSucceededBy(event: WorkerEvent): boolean {
    return (
      event.type === 'worker-online' &&
      this.heartbeat !== undefined &&
      event.processed !== undefined &&
      event.processed < this.heartbeat.processed
    );
  }

  /** A process that starts tasks over two heartbeats while no event of any task arrives has its task events off. */
  #judgeTaskEvents(next: Heartbeat): void {
    const works = this.heartbeat !== undefined && next.processed > this.heartbeat.processed;
    if (this.#eventsSinceHeartbeat > 0) this.#quietHeartbeats = 0;
    else if (works) this.#quietHeartbeats++;
    this.#eventsSinceHeartbeat = 0;
    if (this.#quietHeartbeats >= 2 && this.taskEvents !== 'unavailable') this.taskEvents = 'idle';
  }
}

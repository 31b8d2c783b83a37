// One worker by its nodename: its processes one after the other (or two at once, by mistake), and its numbers.
import {
  type ConsumedQueue,
  hostOf,
  TASK_STATES,
  type WorkerEvent,
  type WorkerStats,
} from '@celery-watch/celery-protocol';
import { type Heartbeat, MissedEvents } from './missed-events.js';
import { HeldTasks } from './held-tasks.js';
import { NameHolders } from './name-holders.js';
import { ProcessedTasks } from './processed-tasks.js';
import { isEarly } from './voices.js';

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
  /** Worker's clock minus this machine's at the last heartbeat, seconds. */
  clockSkew: number | undefined = undefined;
  /** What its heartbeats say that it has started. */
  readonly processed = new ProcessedTasks();
  /** Missed events of processes that are gone. */
  missedBefore = 0;
  /** Ends among them. */
  missedEndsBefore = 0;
  /** What its answers tell of how many share its name. */
  readonly holders = new NameHolders();
  /** What it has taken and not begun, as far as its events tell. */
  readonly held = new HeldTasks();
  up = true;
  /** Exporter's clock since when it is down; undefined while up. */
  downSince: number | undefined = undefined;
  /** Model.wallIsAhead at the last heartbeat. */
  #wallWasAhead = 0;

  constructor(nodename: string) {
    this.nodename = nodename;
    this.hostname = hostOf(nodename);
  }

  /**
   * The process that stands for the worker on the page: the youngest that is alive, else the youngest. Undefined when
   * all are given up.
   */
  current(): WorkerProcess | undefined {
    return this.processes.findLast((each) => each.isLiving) ?? this.processes.at(-1);
  }

  /**
   * The processes that speak for the worker: the youngest that is alive, and those that were heard of since that one
   * came. More than one share its name, by mistake; one that was restarted is not heard of again.
   */
  speakers(): readonly WorkerProcess[] {
    const youngest = this.processes.findLast((each) => each.isLiving);
    if (youngest === undefined) return [];
    return this.processes.filter((each) => each === youngest || (each.isLiving && each.lastSeen > youngest.metAt));
  }

  /** How many processes use the name at once, as far as is known; more than one is a mistake. 0 while it is down. */
  get instances(): number {
    const speakers = this.speakers();
    if (speakers.length === 0) return 0;
    const heard = this.holders.count ?? (speakers.some((each) => each.isCrowded) ? 2 : 1);
    return Math.max(speakers.length, heard);
  }

  /** The sum over the processes that speak for it; undefined where none of them has said it. */
  total(of: (process: WorkerProcess) => number | undefined): number | undefined {
    const said = this.speakers()
      .map(of)
      .filter((each) => each !== undefined);
    return said.length === 0 ? undefined : said.reduce((sum, each) => sum + each, 0);
  }

  /**
   * The process with that pid: the youngest that is alive, where there are several
   * (docs/protocol/events.md#one-name).
   */
  byPid(pid: number): WorkerProcess | undefined {
    const { processes } = this;
    let found: WorkerProcess | undefined;
    for (let i = processes.length - 1; i >= 0; i--) {
      const each = processes[i] as WorkerProcess;
      if (each.pid !== pid) continue;
      if (each.isLiving) return each;
      found ??= each;
    }
    return found;
  }

  /** Others with the pid of this one: its predecessors and successors in a container, or two that share a name. */
  twinsOf({ id, pid }: WorkerProcess): readonly WorkerProcess[] {
    return this.processes.filter((each) => each.pid === pid && each.id !== id);
  }

  /** A process with its living twins. */
  fellowsOf(process: WorkerProcess): readonly WorkerProcess[] {
    if (this.processes.length <= 1) return [process];
    return [process, ...this.twinsOf(process).filter((each) => each.isLiving)];
  }

  hasLivingTwin(process: WorkerProcess): boolean {
    return this.processes.some((each) => each !== process && each.pid === process.pid && each.isLiving);
  }

  hasYoungerTwin(process: WorkerProcess): boolean {
    return this.processes.length > 1 && this.twinsOf(process).some((each) => each.isLiving && each.id > process.id);
  }

  /**
   * The twin that lived beside this one and lives on: what ran here may as well have run there, for nothing in a task
   * event tells the two apart.
   */
  heirOf(process: WorkerProcess): WorkerProcess | undefined {
    return this.twinsOf(process).find((each) => {
      const [older, younger] = each.id < process.id ? [each, process] : [process, each];
      return each.isLiving && older.lastSeen > younger.metAt;
    });
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

  /** How many tasks can run at once, when the pool has grown as far as it may; undefined where that is not known. */
  get room(): number | undefined {
    const { processes, autoscale = 0 } = this.pool ?? {};
    return processes === undefined || processes === 0 ? undefined : Math.max(processes, autoscale);
  }

  get missed(): number {
    return this.processes.reduce((sum, each) => sum + each.missed.count, this.missedBefore);
  }

  /** Those among the missed of which the start was seen, and Celery never told the end. */
  get missedEnds(): number {
    return this.processes.reduce((sum, each) => sum + each.missed.ends, this.missedEndsBefore);
  }

  /**
   * Seconds by which the worker's timestamps are ahead of the exporter's clock that only goes forward: as at the last
   * heartbeat, whatever has been done to the machine's clock since. A skew that may be transit time is none.
   * @param wallIsAhead see Model.wallIsAhead; holds where no heartbeat came
   */
  aheadOfNow(wallIsAhead: number): number {
    if (this.clockSkew === undefined) return wallIsAhead;
    return this.#wallWasAhead + (Math.abs(this.clockSkew) > 1 ? this.clockSkew : 0);
  }

  /** Brings `up` in line with the processes. */
  settle(now: number): void {
    this.up = this.processes.some((each) => !each.silent && !each.goodbye);
    this.downSince = this.up ? undefined : (this.downSince ?? now);
  }

  /** Keeps what a worker event says of the worker as a whole. */
  describe(event: WorkerEvent, now: number, wallIsAhead: number): void {
    this.lastHeartbeatAt = now;
    this.clockSkew = event.timestamp - now - wallIsAhead;
    this.#wallWasAhead = wallIsAhead;
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
/** Heartbeats that come too early, without two in time between them, that make a second process certain. */
const CROWDED = 3;

/** What is known of a process since its last new connection, told by itself or taken for granted. */
export interface Reconnected {
  /**
   * Its own clock then: up to Celery 5.6 no run that began before is told the end of
   * (docs/protocol/events.md#ends-without-an-event).
   */
  readonly at: number;
  /** The last time that it said so itself: its own clock then, and the exporter's. Undefined where it never did. */
  told: { readonly at: number; readonly seenAt: number } | undefined;
  /** Most runs at once since, without those that were given up. */
  peak: number;
  /** No run from before is left, or there is nothing more to be found out about them. */
  isSettled: boolean;
}

/** One process of a worker, from its first sign of life to its end. */
export class WorkerProcess {
  /** Small number that table rows keep; never 0. */
  readonly id: number;
  readonly owner: Worker;
  readonly pid: number;
  /** Seconds between heartbeats; undefined until one arrived (--without-heartbeat sends none). */
  frequency: number | undefined = undefined;
  /** Exporter's clock at the first sign of life, and at the last. */
  readonly metAt: number;
  lastSeen: number;
  /** The same at the last full heartbeat; 0 before the first. */
  beatAt = 0;
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
  /** When it last had a new connection to the broker, or may have had one; undefined where it has the first. */
  reconnected: Reconnected | undefined = undefined;
  /** Worker's clock when the exporter was back last, of those times that the process kept its own connection. */
  unheardUntil: number | undefined = undefined;
  /** Runs that were given up though it still says that they execute: Celery may never strike them off. */
  abandoned = 0;
  readonly missed = new MissedEvents();

  #before: Heartbeat | undefined = undefined;
  #eventsSinceHeartbeat = 0;
  #quietHeartbeats = 0;
  #earlyBeats = 0;
  #beatsInTime = 0;

  constructor(id: number, owner: Worker, pid: number, now: number) {
    this.id = id;
    this.owner = owner;
    this.pid = pid;
    this.metAt = now;
    this.lastSeen = now;
  }

  /**
   * Takes worker-online or worker-heartbeat; false for a short one, which is a sign of life and tells nothing else
   * (docs/protocol/events.md#short-heartbeat).
   */
  beat(event: WorkerEvent, now = event.timestamp): boolean {
    const { active, processed } = event;
    if (active === undefined || processed === undefined) return false;
    this.beatAt = now;
    this.owner.processed.heard(this, processed);
    this.#judgeRhythm(event);
    // Two in a row must be two looks at the process: not the same one twice, nor the online of a reconnect just after
    // one. That it executes more is kept: it may be the word of another that shares the name.
    const last = this.heartbeat;
    if (last !== undefined && Math.abs(event.timestamp - last.timestamp) < (this.frequency ?? 0) / 2) {
      if (active > last.active) this.heartbeat = { ...last, active };
      return false;
    }
    this.frequency = event.freq !== undefined && event.freq > 0 ? event.freq : DEFAULT_FREQUENCY;
    const heartbeat = { timestamp: event.timestamp, active, processed };
    // Of two with one pid the younger gets all starts, so that nothing can be said of the other.
    if (this.owner.hasYoungerTwin(this)) this.missed.beginAgain();
    else this.missed.heartbeat(heartbeat, this.taskEvents === 'on');
    this.#judgeTaskEvents(heartbeat);
    this.#before = this.heartbeat;
    this.heartbeat = heartbeat;
    this.abandoned = Math.min(this.abandoned, active);
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
    return this.#before !== undefined && this.mostActive === 0 ? this.#before.timestamp : undefined;
  }

  /**
   * What the last two heartbeats say is executing, the greater of them, without what was given up; undefined before
   * there are two.
   */
  get mostActive(): number | undefined {
    if (this.heartbeat === undefined || this.#before === undefined) return undefined;
    return Math.max(0, Math.max(this.heartbeat.active, this.#before.active) - this.abandoned);
  }

  /**
   * Whether more runs are tracked than two heartbeats in a row say are executing: some have ended without an event. Of
   * several with one pid the sums count, since it is not known which of them a run is on.
   */
  isOvercounted(): boolean {
    let runs = 0;
    let active = 0;
    let isIdle = true;
    for (const each of this.owner.fellowsOf(this)) {
      if (each.mostActive === undefined) return false;
      runs += each.runs;
      active += each.mostActive;
      isIdle &&= each.active === 0;
    }
    return !isIdle && runs > active;
  }

  /** What executes, as it says, without what was given up. */
  get active(): number | undefined {
    return this.heartbeat === undefined ? undefined : Math.max(0, this.heartbeat.active - this.abandoned);
  }

  /** Alive, and takes tasks. */
  get isLiving(): boolean {
    return !this.silent && !this.goodbye;
  }

  /** Whether its heartbeats come closer than one process sends them: another has its name and its pid. */
  get isCrowded(): boolean {
    return this.#earlyBeats >= CROWDED;
  }

  get goodbye(): boolean {
    return this.saidGoodbyeAt !== undefined;
  }

  /** Whether its first heartbeat is all that it has said of itself. */
  get isNewborn(): boolean {
    return this.heartbeat !== undefined && this.#before === undefined;
  }

  #judgeRhythm(event: WorkerEvent): void {
    if (isEarly(event, this)) {
      this.#earlyBeats++;
      this.#beatsInTime = 0;
    } else if (++this.#beatsInTime >= 2) {
      this.#earlyBeats = 0;
    }
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

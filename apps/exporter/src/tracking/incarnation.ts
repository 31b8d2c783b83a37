// One process of a worker, from its first sign of life to its end.
import type { WorkerEvent } from '@celery-watch/celery-protocol';
import { type Heartbeat, MissedEvents } from './missed-events.js';

/** Whether the process sends task events. idle: it works on tasks, and none of their events arrive. */
export type TaskEvents = 'unknown' | 'on' | 'idle' | 'unavailable';

/** What a process knows of the worker that it belongs to. */
export interface Owner {
  readonly nodename: string;
  /** Task events by STATE_INDEX. */
  readonly states: Float64Array;
}

/** Python's default is 2 s; a sender that gives none gets the same. */
const DEFAULT_FREQUENCY = 2;

export class Incarnation<O extends Owner = Owner> {
  /** Small number that table rows keep; never 0. */
  readonly id: number;
  readonly owner: O;
  readonly pid: number;
  /** Seconds between heartbeats; undefined until one arrived (--without-heartbeat sends none). */
  frequency: number | undefined = undefined;
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

  constructor(id: number, owner: O, pid: number, now: number) {
    this.id = id;
    this.owner = owner;
    this.pid = pid;
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

  /** Whether more runs are tracked than two heartbeats in a row say are executing: some have ended without a word. */
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

// One worker by its nodename: its processes one after the other (or two at once, by mistake), and its numbers.
import {
  type ConsumedQueue,
  hostOf,
  TASK_STATES,
  type WorkerEvent,
  type WorkerStats,
} from '@celery-watch/celery-protocol';
import type { Incarnation, Owner } from './incarnation.js';

/** A process of a worker, which knows its worker. */
export type Process = Incarnation<Worker>;

export class Worker implements Owner {
  readonly nodename: string;
  readonly hostname: string;
  /** Its processes that are not given up yet, the youngest last. */
  readonly incarnations: Process[] = [];
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
   * The process that speaks for the worker: the youngest that is alive, else the youngest. Undefined when all are given
   * up.
   */
  current(): Process | undefined {
    return this.incarnations.findLast((each) => !each.silent && !each.goodbye) ?? this.incarnations.at(-1);
  }

  byPid(pid: number): Process | undefined {
    for (let i = this.incarnations.length - 1; i >= 0; i--) {
      if (this.incarnations[i]?.pid === pid) return this.incarnations[i];
    }
    return undefined;
  }

  /**
   * Whether it says nothing while a task runs on it. One that took a task at its very start cannot even tell its pool
   * before that ends.
   */
  isSolo(process: Process): boolean {
    return this.pool === undefined ? process.isNewborn : this.pool.pool === 'solo';
  }

  /** The queue of everything that runs here, where the worker consumes just one. */
  onlyQueue(): string | undefined {
    return this.queues?.length === 1 ? this.queues[0]?.name : undefined;
  }

  get missed(): number {
    return this.incarnations.reduce((sum, each) => sum + each.missed.count, this.missedBefore);
  }

  /**
   * The clock skew where it is more than transit time: what makes the worker's timestamps comparable with our clock.
   */
  get trustedSkew(): number {
    return this.clockSkew !== undefined && Math.abs(this.clockSkew) > 1 ? this.clockSkew : 0;
  }

  /** Brings `up` in line with the processes. */
  settle(now: number): void {
    this.up = this.incarnations.some((each) => !each.silent && !each.goodbye);
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

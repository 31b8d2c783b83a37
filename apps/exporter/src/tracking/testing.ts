// What the tests of this folder share: a model with a clock that the test moves, workers and clients that make events.
import { type Message, OTHER, TASK_STATES, type WorkerStats } from '@celery-watch/celery-protocol';
import type { CustomMetric } from './custom/custom-metric.js';
import { Model, type ModelSettings } from './model.js';
import { ROW_STATES } from './tasks/task-table.js';
import type { SeriesSettings, TaskSeries } from './tasks/task-series.js';
import type { TrackerSettings } from './tasks/task-tracker.js';
import type { Worker } from './workers/worker.js';
import type { WorkerBookSettings } from './workers/worker-book.js';

/** Where every test's clock begins, epoch seconds; a whole number, so that sums of fractions stay exact. */
export const START = 1_800_000_000;

export interface StageSettings {
  readonly series?: Partial<SeriesSettings>;
  readonly tracker?: Partial<TrackerSettings>;
  readonly workers?: Partial<WorkerBookSettings>;
  readonly maxQueues?: number;
  readonly seriesTtl?: number;
  readonly custom?: readonly CustomMetric[];
}

export function settings(changes: StageSettings = {}): ModelSettings {
  return {
    series: {
      maxSeries: 1000,
      isWanted: () => true,
      maxExceptions: 20,
      durationBuckets: [0.1, 1, 10, 100],
      waitBuckets: [0.1, 1, 10, 100],
      ...changes.series,
    },
    tracker: { maxTasks: 10_000, taskTtl: 86_400, maxNames: 1000, ...changes.tracker },
    workers: {
      missedHeartbeats: 3,
      minSilence: 6,
      soloSilence: 3600,
      quietSilence: 60,
      lostAfter: 60,
      workerTtl: 900,
      maxWorkers: 100,
      ...changes.workers,
    },
    maxQueues: changes.maxQueues ?? 100,
    seriesTtl: changes.seriesTtl ?? 2 * 86_400,
    custom: changes.custom ?? [],
  };
}

/** An event as it stands on the wire. */
export interface Wire {
  readonly type: string;
  readonly timestamp: number;
  readonly hostname: string;
  readonly pid: number;
  readonly [field: string]: unknown;
}

export function jsonMessage(body: unknown): Message {
  return { contentType: 'application/json', headers: {}, body: Buffer.from(JSON.stringify(body)) };
}

/** A model, its clock, and what a test wants to read from it. */
export class Stage {
  readonly model: Model;
  now = START;

  constructor(changes: StageSettings = {}) {
    this.model = new Model(settings(changes));
    this.model.listening(this.now);
  }

  /** One message with these events, as prefork workers send them; it arrives now. */
  deliver(...events: Wire[]): void {
    this.model.receive(jsonMessage(events), this.now);
  }

  /** Time passes, with a tick each second and one at the end. */
  wait(seconds: number): void {
    const end = this.now + seconds;
    while (this.now + 1 < end) this.model.tick(++this.now);
    this.now = end;
    this.model.tick(end);
  }

  /** Time passes while these processes send their heartbeats. */
  beat(seconds: number, ...processes: FakeWorker[]): void {
    for (let passed = 0; passed < seconds; passed += 2) {
      this.wait(Math.min(2, seconds - passed));
      for (const each of processes) this.deliver(each.heartbeat());
    }
  }

  worker(nodename = 'celery@one', pid = 100): FakeWorker {
    return new FakeWorker(this, nodename, pid);
  }

  /** The task-sent of a client, or of a worker's child for a retry. */
  sent(uuid: string, options: { name?: string; queue?: string | null; retries?: number; eta?: number } = {}): Wire {
    const { name = 'task', queue = 'queue', retries = 0, eta } = options;
    return {
      type: 'task-sent',
      timestamp: this.now,
      hostname: 'gen7@client',
      pid: 7,
      uuid,
      name,
      queue,
      retries,
      eta: isoOf(eta),
    };
  }

  /** What is not zero of one pair: states, running, lost, unresolved, the histograms' counts, failures by class. */
  counts(name = 'task', queue = 'queue'): Record<string, number> | undefined {
    return this.all()[`${name}|${queue}`];
  }

  /** The same of every pair, once no task-sent is awaited any more. */
  all(): Record<string, Record<string, number>> {
    this.model.tracker.settleProvisional();
    return Object.fromEntries(
      [...this.model.tasks].map((series) => [`${series.task.name}|${series.queue}`, countsOf(series)]),
    );
  }

  get rows(): Record<string, number> {
    return Object.fromEntries(ROW_STATES.map((state, i) => [state, this.model.tracker.table.sizes[i] as number]));
  }

  /** A worker that must be known. */
  known(nodename = 'celery@one'): Worker {
    const worker = this.model.workers.get(nodename);
    if (worker === undefined) throw new Error(`no worker ${nodename}`);
    return worker;
  }

  get duplicates(): Record<string, number> {
    return Object.fromEntries(this.model.tracker.duplicates);
  }
}

export const PREFORK: WorkerStats = { pid: 100, pool: 'prefork', processes: 4 };

/** A worker that has been up for a while and has told its pool. */
export function livingWorker(
  pool: WorkerStats = PREFORK,
  changes: StageSettings = {},
): { stage: Stage; worker: FakeWorker } {
  const stage = new Stage(changes);
  const worker = stage.worker();
  stage.deliver(worker.online());
  stage.beat(6, worker);
  stage.known().pool = pool;
  return { stage, worker };
}

/** Whether it is up, how many are, and its starts, shutdowns and deaths. */
export function workerState(stage: Stage, nodename = 'celery@one'): unknown[] {
  const { up, starts, exits } = stage.known(nodename);
  return [up, stage.model.workers.countUp, starts, exits.shutdown, exits.died];
}

export function countsOf(series: TaskSeries): Record<string, number> {
  const counts: Record<string, number> = {};
  const put = (what: string, count: number | undefined): void => {
    if (count !== undefined && count !== 0) counts[what] = count;
  };
  TASK_STATES.forEach((state, i) => {
    put(state, series.states[i]);
  });
  put('running', series.running);
  put('lost', series.lost);
  put('unresolved', series.unresolved);
  put('durations', series.duration?.count);
  put('queueWaits', series.queueWait?.count);
  put('prefetchWaits', series.prefetchWait?.count);
  for (const [exception, count] of series.failures) put(exception === OTHER ? 'other exceptions' : exception, count);
  return counts;
}

/** One process of a worker. Its methods make events; the test delivers them, in the order it wants. */
export class FakeWorker {
  readonly nodename: string;
  readonly pid: number;
  /** Its clock minus ours, seconds. */
  skew = 0;
  frequency = 2;
  active = 0;
  processed = 0;
  version = SOFTWARE.sw_ver;
  readonly #stage: Stage;

  constructor(stage: Stage, nodename: string, pid: number) {
    this.#stage = stage;
    this.nodename = nodename;
    this.pid = pid;
  }

  get clock(): number {
    return this.#stage.now + this.skew;
  }

  make(type: string, fields: Record<string, unknown> = {}): Wire {
    return { type, timestamp: this.clock, hostname: this.nodename, pid: this.pid, utcoffset: 0, clock: 1, ...fields };
  }

  online(): Wire {
    return this.#vital('worker-online');
  }
  heartbeat(): Wire {
    return this.#vital('worker-heartbeat');
  }
  offline(): Wire {
    return this.#vital('worker-offline');
  }
  shortHeartbeat(): Wire {
    return this.make('worker-heartbeat', { freq: 5, ...SOFTWARE });
  }

  received(uuid: string, options: { name?: string; retries?: number; eta?: number } = {}): Wire {
    return this.make('task-received', {
      uuid,
      name: options.name ?? 'task',
      retries: options.retries ?? 0,
      eta: isoOf(options.eta),
    });
  }

  started(uuid: string): Wire {
    this.active++;
    this.processed++;
    return this.make('task-started', { uuid });
  }

  succeeded(uuid: string, runtime = 1): Wire {
    return this.#end('task-succeeded', { uuid, runtime, result: '1' });
  }
  failed(uuid: string, exception = "ValueError('no')", traceback = ''): Wire {
    return this.#end('task-failed', { uuid, exception, traceback });
  }
  retried(uuid: string): Wire {
    return this.#end('task-retried', { uuid, exception: "ValueError('no')", traceback: '' });
  }
  rejected(uuid: string, requeue: boolean): Wire {
    return this.#end('task-rejected', { uuid, requeue });
  }
  cancelled(uuid: string): Wire {
    return this.#end('task-cancelled', { uuid });
  }
  revoked(
    uuid: string,
    fields: { terminated?: boolean; signum?: number | string | null; expired?: boolean } = {},
  ): Wire {
    return this.#end('task-revoked', { uuid, terminated: false, signum: null, expired: false, ...fields });
  }

  #end(type: string, fields: Record<string, unknown>): Wire {
    this.active = Math.max(0, this.active - 1);
    return this.make(type, fields);
  }

  #vital(type: string): Wire {
    const { frequency: freq, active, processed } = this;
    return this.make(type, { freq, active, processed, loadavg: [0.1, 0.2, 0.3], ...SOFTWARE, sw_ver: this.version });
  }
}

const SOFTWARE = { sw_ident: 'py-celery', sw_ver: '5.6.3', sw_sys: 'Linux' };

/** As Python writes it: microseconds and an offset. */
function isoOf(seconds: number | undefined): string | null {
  return seconds === undefined ? null : new Date(seconds * 1000).toISOString().replace('Z', '000+00:00');
}

/** Numbers from a seed, the same at every run (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 to 1, 1 excluded. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number below a limit. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  uuid(): string {
    const hex = Array.from({ length: 4 }, () =>
      this.below(2 ** 32)
        .toString(16)
        .padStart(8, '0'),
    ).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  }
}

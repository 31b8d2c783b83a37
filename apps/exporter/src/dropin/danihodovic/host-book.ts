// Numbers of tasks by host, for those who want the hostname of danihodovic's exporter: counted event by event, as it
// does, with a cap of their own.
import {
  exceptionClass,
  hostOf,
  TASK_STATES,
  type TaskEvent,
  taskMetrics,
  UNKNOWN,
} from '@celery-watch/celery-protocol';
import { HistogramValue } from '@celery-watch/metrics';
import type { Model } from '../../tracking/model.js';
import type { EventTap } from '../../tracking/taps.js';
import { STATE_INDEX, type TaskSeries } from '../../tracking/tasks/task-series.js';
import { type Counts, GENERIC, labelsOf, sumOf, type TaskNumbers, twinOf } from './task-numbers.js';
import type { Dialect } from './effects.js';

interface HostCounts extends Counts {
  readonly states: Float64Array;
  readonly failures: Map<string, number>;
  runtime: HistogramValue | undefined;
  queueWait: HistogramValue | undefined;
  lastSeen: number;
}

/** Index in `states` of what an event tells. */
const INDEX_OF_EVENT = Object.fromEntries(
  TASK_STATES.map((state) => [`task-${state}`, STATE_INDEX[state]]),
) as Readonly<Record<TaskEvent['type'], number>>;

type ByHost = Map<string, HostCounts>;
interface Hosts {
  /** What senders said: nothing but task-sent. */
  readonly senders: ByHost;
  readonly workers: ByHost;
}

/** Seconds after which a host goes that sends no more: in Kubernetes each has a name of its own. */
const SENDER_TTL = 86_400;
/** Seconds between two looks for hosts that are gone. */
const FORGET_INTERVAL = 60;

export class HostBook implements EventTap {
  readonly #model: Model;
  readonly #dialect: Dialect;
  readonly #bySeries = new Map<TaskSeries, Hosts>();
  #size = 0;
  #lastForget = 0;
  /** The waiting time that was measured with the event that is about to be heard. */
  #wait: number | undefined = undefined;

  /** Puts itself among the model's taps. */
  constructor(model: Model, dialect: Dialect) {
    this.#model = model;
    this.#dialect = dialect;
    model.taps.push(this);
  }

  queueWait(seconds: number): void {
    this.#wait = seconds;
  }

  task(event: TaskEvent, now: number): void {
    const wait = this.#wait;
    this.#wait = undefined;
    const series = this.#seriesOf(event);
    if (series === undefined) return;
    const isSent = event.type === 'task-sent';
    const hosts = this.#bySeries.get(series) ?? this.#admit(series);
    const counts = this.#countsOf(isSent ? hosts.senders : hosts.workers, hostOf(event.hostname), now);
    (counts.states[INDEX_OF_EVENT[event.type]] as number)++;
    if (event.type === 'task-started' && wait !== undefined)
      (counts.queueWait ??= new HistogramValue(this.#dialect.queueWaitBuckets)).observe(wait);
    if (event.type === 'task-succeeded')
      (counts.runtime ??= new HistogramValue(this.#dialect.runtimeBuckets)).observe(event.runtime);
    if (event.type !== 'task-failed') return;
    this.#model.tasks.countFailures(counts, exceptionClass(event.exception, event.traceback), 1);
  }

  merged(from: TaskSeries, to: TaskSeries): void {
    const old = this.#bySeries.get(from);
    if (old === undefined) return;
    this.#bySeries.delete(from);
    const hosts = this.#bySeries.get(to) ?? this.#admit(to);
    for (const kind of ['senders', 'workers'] as const) {
      for (const [host, counts] of old[kind]) {
        const before = hosts[kind].get(host);
        if (before === undefined) {
          hosts[kind].set(host, counts);
          continue;
        }
        this.#size--;
        const { failures } = before;
        for (const [exception, count] of counts.failures)
          this.#model.tasks.countFailures({ failures }, exception, count);
        const lastSeen = Math.max(counts.lastSeen, before.lastSeen);
        hosts[kind].set(host, { ...sumOf([before, counts]), failures, lastSeen });
      }
    }
  }

  tick(now: number): void {
    if (now - this.#lastForget < FORGET_INTERVAL) return;
    this.#lastForget = now;
    const hostsOfWorkers = new Set([...this.#model.workers].map(({ hostname }) => hostname));
    for (const [series, { senders, workers }] of this.#bySeries) {
      if (!this.#model.tasks.has(series)) {
        this.#size -= senders.size + workers.size;
        this.#bySeries.delete(series);
        continue;
      }
      this.#forget(senders, (host, { lastSeen }) => hostsOfWorkers.has(host) || now - lastSeen < SENDER_TTL);
      this.#forget(workers, (host) => hostsOfWorkers.has(host));
    }
  }

  /** What senders sent, by their host. */
  senders(defaultQueue: string): Iterable<TaskNumbers> {
    return this.#numbers(defaultQueue, ({ senders }) => senders);
  }

  /** What workers did, by their host. */
  workers(defaultQueue: string): Iterable<TaskNumbers> {
    return this.#numbers(defaultQueue, ({ workers }) => workers);
  }

  *#numbers(defaultQueue: string, pick: (hosts: Hosts) => ByHost): Generator<TaskNumbers> {
    const { tasks } = this.#model;
    const none: ByHost = new Map();
    for (const series of tasks) {
      const twin = twinOf(series, tasks, defaultQueue);
      if (twin !== undefined && series.queue === UNKNOWN) continue;
      const of = (each: TaskSeries | undefined): ByHost => {
        const hosts = each && this.#bySeries.get(each);
        return hosts === undefined ? none : pick(hosts);
      };
      const [own, twins] = [of(series), of(twin)];
      const labels = labelsOf(series, defaultQueue);
      for (const [hostname, counts] of own) {
        const other = twins.get(hostname);
        yield { ...labels, ...(other === undefined ? counts : sumOf([counts, other])), hostname, key: counts };
      }
      for (const [hostname, counts] of twins) if (!own.has(hostname)) yield { ...labels, ...counts, hostname, key: {} };
    }
  }

  #seriesOf({ uuid, type }: TaskEvent): TaskSeries | undefined {
    const { table } = this.#model.tracker;
    const row = table.find(uuid);
    if (row < 0) return undefined;
    const isNext = (type === 'task-sent' || type === 'task-received') && (table.nextSentAt[row] as number) !== 0;
    return this.#model.tasks.at((isNext ? table.nextSeries : table.series)[row] as number);
  }

  #admit(series: TaskSeries): Hosts {
    const hosts: Hosts = { senders: new Map(), workers: new Map() };
    this.#bySeries.set(series, hosts);
    return hosts;
  }

  #countsOf(byHost: ByHost, host: string, now: number): HostCounts {
    const counts = byHost.get(host) ?? this.#make(byHost, host);
    counts.lastSeen = now;
    return counts;
  }

  #make(byHost: ByHost, host: string): HostCounts {
    if (host !== GENERIC && this.#size >= this.#dialect.maxSeries) {
      const { dropped } = this.#model;
      const { name } = taskMetrics.tasks;
      dropped.set(name, (dropped.get(name) ?? 0) + 1);
      return byHost.get(GENERIC) ?? this.#make(byHost, GENERIC);
    }
    const counts: HostCounts = {
      states: new Float64Array(Object.keys(STATE_INDEX).length),
      failures: new Map(),
      runtime: undefined,
      queueWait: undefined,
      lastSeen: 0,
    };
    byHost.set(host, counts);
    this.#size++;
    return counts;
  }

  #forget(byHost: ByHost, stays: (host: string, counts: HostCounts) => boolean): void {
    for (const [host, counts] of byHost) {
      if (host === GENERIC || stays(host, counts)) continue;
      byHost.delete(host);
      this.#size--;
    }
  }
}

// The metrics of danihodovic's celery-exporter, read from the model at each scrape.
import { danihodovicMetrics as theirs, type MetricEntry, UNKNOWN } from '@celery-watch/celery-protocol';
import { collected, type Family, labelText } from '@celery-watch/metrics';
import { hasListenedLong } from '../../tracking/health.js';
import { STATE_INDEX } from '../../tracking/tasks/task-series.js';
import type { Model } from '../../tracking/model.js';
import type { Queue } from '../../tracking/queues/queue-book.js';
import type { Worker } from '../../tracking/workers/worker.js';
import type { DropInParts } from '../drop-in.js';
import { HostBook } from './host-book.js';
import { genericNumbers, type TaskNumbers } from './task-numbers.js';
import type { Dialect } from './effects.js';

const STATES = ['received', 'started', 'succeeded', 'rejected', 'revoked', 'retried'] as const;
const UNKNOWN_EXCEPTION = 'UnknownException';

/** Its families of one broker; with hosts, they count from now on what the model hears. */
export function danihodovicFamilies(parts: DropInParts, dialect: Dialect): readonly Family[] {
  const { model } = parts;
  const hosts = dialect.hosts.sent || dialect.hosts.others ? new HostBook(model, dialect) : undefined;
  return [...taskFamilies(model, dialect, hosts), ...workerFamilies(parts, dialect), ...queueFamilies(parts, dialect)];
}

function taskFamilies(model: Model, dialect: Dialect, hosts: HostBook | undefined): readonly Family[] {
  const { prefix, hosts: isByHost, runtimeBuckets, queueWaitBuckets } = dialect;
  const generic = (): Iterable<TaskNumbers> => genericNumbers(model.tasks, dialect.defaultQueue);
  const senders = (): Iterable<TaskNumbers> =>
    isByHost.sent && hosts !== undefined ? hosts.senders(dialect.defaultQueue) : generic();
  const workers = (): Iterable<TaskNumbers> =>
    isByHost.others && hosts !== undefined ? hosts.workers(dialect.defaultQueue) : generic();
  const labels = labelCache();
  const counter = (state: (typeof STATES)[number]): Family =>
    collected(prefixed(theirs[state], prefix), (out) => {
      for (const each of workers()) out.add(labels(each), each.states[STATE_INDEX[state]] as number);
    });
  const histogram = (entry: MetricEntry, buckets: readonly number[], of: 'runtime' | 'queueWait'): Family =>
    collected({ ...prefixed(entry, prefix), buckets }, (out) => {
      for (const each of workers()) {
        const value = each[of];
        if (value !== undefined) out.histogram(labels(each), value.by(buckets));
      }
    });
  return [
    collected(prefixed(theirs.sent, prefix), (out) => {
      for (const each of senders()) {
        const sent = each.states[STATE_INDEX.sent] as number;
        // Where no sender tells, theirs has no such series either.
        if (sent > 0) out.add(labels(each), sent);
      }
    }),
    ...STATES.map(counter),
    collected(prefixed(theirs.failed, prefix), (out) => {
      for (const each of workers())
        for (const [exception, count] of exceptionsOf(each))
          out.add(labelText(theirs.failed, [each.name, each.hostname, exception, each.queue]), count);
    }),
    histogram(theirs.runtime, runtimeBuckets, 'runtime'),
    histogram(theirs.queueWait, queueWaitBuckets, 'queueWait'),
  ];
}

/**
 * Failures by class, and none without one at 0: a rule that divides by the sum of failures and successes finds both in
 * every task.
 */
function exceptionsOf({ failures }: TaskNumbers): ReadonlyMap<string, number> {
  const counts = new Map([['', 0]]);
  for (const [exception, count] of failures) {
    const name = exception === UNKNOWN ? UNKNOWN_EXCEPTION : exception;
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}

/** Its workers are hosts: several workers of one share a series. */
function workerFamilies({ model }: DropInParts, { prefix }: Dialect): readonly Family[] {
  const byHost = (entry: MetricEntry<'hostname'>, value: (workers: readonly Worker[]) => number | undefined): Family =>
    collected(prefixed(entry, prefix), (out) => {
      for (const [hostname, workers] of hostsOf(model.workers)) {
        const number = value(workers);
        if (number !== undefined) out.add(labelText(entry, [hostname]), number);
      }
    });
  return [
    byHost(theirs.workerUp, (workers) => Number(workers.some(({ up }) => up))),
    byHost(theirs.tasksActive, (workers) => {
      const up = workers.filter((worker) => worker.up);
      // One that is down runs nothing; of one that is up and has not said it, nothing is known.
      if (up.length === 0) return 0;
      const known = up.map((worker) => worker.total(({ heartbeat }) => heartbeat?.active));
      return known.reduce((sum, active) => (active === undefined ? sum : (sum ?? 0) + active), undefined);
    }),
  ];
}

function hostsOf(workers: Iterable<Worker>): ReadonlyMap<string, readonly Worker[]> {
  const hosts = new Map<string, Worker[]>();
  for (const worker of workers) {
    const fellows = hosts.get(worker.hostname);
    if (fellows === undefined) hosts.set(worker.hostname, [worker]);
    else fellows.push(worker);
  }
  return hosts;
}

function queueFamilies({ model, connection, asksWorkers, clock }: DropInParts, { prefix }: Dialect): readonly Family[] {
  const each = (entry: MetricEntry<'queue_name'>, valueOf: () => (queue: Queue) => number | undefined): Family =>
    collected(prefixed(entry, prefix), (out) => {
      const value = valueOf();
      for (const queue of model.queues) {
        const number = value(queue);
        if (number !== undefined) out.add(labelText(entry, [queue.name]), number);
      }
    });
  const census = (): ReturnType<Model['consumers']> =>
    model.consumers(asksWorkers && hasListenedLong(connection, clock()));
  return [
    each(
      theirs.queueLength,
      () =>
        ({ length }) =>
          length,
    ),
    // Redis knows no consumers of a queue; theirs shows the family without samples there too.
    each(
      theirs.activeConsumers,
      () =>
        ({ name }) =>
          model.queues.consumers.get(name),
    ),
    each(theirs.activeWorkers, () => {
      const of = census();
      return ({ name }) => of(name).workers;
    }),
    each(theirs.activeProcesses, () => {
      const of = census();
      return ({ name }) => of(name).processes;
    }),
  ];
}

/** The entry under the name that it has with this prefix. */
export function prefixed<L extends string>(entry: MetricEntry<L>, prefix: string): MetricEntry<L> {
  return { ...entry, name: entry.name.replace(/^celery_/, prefix) };
}

/** Label text is made once for each series: it costs more than the rest of its line. */
function labelCache(): (numbers: TaskNumbers) => string {
  const cache = new WeakMap<object, string>();
  return ({ name, hostname, queue, key }) => {
    let text = cache.get(key);
    if (text === undefined) cache.set(key, (text = labelText(theirs.received, [name, hostname, queue])));
    return text;
  };
}

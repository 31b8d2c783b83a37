// The numbers of tasks by the labels that danihodovic's exporter gives them: None for a name that nothing tells, the
// default queue for a queue that nothing tells, one host for all where hosts are not told apart.
import { UNKNOWN } from '@celery-watch/celery-protocol';
import { HistogramValue } from '@celery-watch/metrics';
import type { TaskSeries, TaskSeriesBook } from '../../tracking/tasks/task-series.js';

/** The hostname of all hosts together. */
export const GENERIC = 'generic';
/** Its text for a name that it does not know: its dashboards and alerts leave that out by this word. */
const NONE = 'None';

/** One label set with its numbers. */
export interface TaskNumbers extends Counts {
  readonly name: string;
  readonly queue: string;
  readonly hostname: string;
  /** The same object at each scrape, as long as the labels are the same. */
  readonly key: object;
}

export interface Counts {
  /** By STATE_INDEX. */
  readonly states: Float64Array;
  readonly failures: ReadonlyMap<string, number>;
  readonly runtime: HistogramValue | undefined;
  readonly queueWait: HistogramValue | undefined;
}

/** All tasks, whatever host they ran on. */
export function* genericNumbers(tasks: TaskSeriesBook, defaultQueue: string): Generator<TaskNumbers> {
  for (const series of tasks) {
    const twin = twinOf(series, tasks, defaultQueue);
    // Both would have the same labels: the one of the default queue stands for both.
    if (twin !== undefined && series.queue === UNKNOWN) continue;
    const counts = twin === undefined ? series : sumOf([series, twin]);
    yield { ...labelsOf(series, defaultQueue), ...pick(counts), hostname: GENERIC, key: series };
  }
}

/** The other series of the same name with the same labels: one has the default queue, of the other none is known. */
export function twinOf(
  { task, queue }: TaskSeries,
  tasks: TaskSeriesBook,
  defaultQueue: string,
): TaskSeries | undefined {
  if (defaultQueue === UNKNOWN) return undefined;
  if (queue === UNKNOWN) return tasks.find(task.name, defaultQueue);
  return queue === defaultQueue ? tasks.find(task.name, UNKNOWN) : undefined;
}

export function labelsOf(
  { task, queue }: TaskSeries,
  defaultQueue: string,
): { readonly name: string; readonly queue: string } {
  return { name: task.name === UNKNOWN ? NONE : task.name, queue: queue === UNKNOWN ? defaultQueue : queue };
}

function pick({ states, failures, runtime, queueWait }: Counts): Counts {
  return { states, failures, runtime, queueWait };
}

export function sumOf([first, ...others]: readonly [Counts, ...Counts[]]): Counts {
  const states = first.states.slice();
  const failures = new Map(first.failures);
  for (const other of others) {
    other.states.forEach((count, state) => {
      (states[state] as number) += count;
    });
    for (const [exception, count] of other.failures) failures.set(exception, (failures.get(exception) ?? 0) + count);
  }
  const all = [first, ...others];
  return {
    states,
    failures,
    runtime: sumOfHistograms(all.map(({ runtime }) => runtime)),
    queueWait: sumOfHistograms(all.map(({ queueWait }) => queueWait)),
  };
}

function sumOfHistograms(values: readonly (HistogramValue | undefined)[]): HistogramValue | undefined {
  const known = values.filter((value) => value !== undefined);
  const [first, ...others] = known;
  if (first === undefined || others.length === 0) return first;
  const sum = new HistogramValue(first.bounds);
  for (const value of known) sum.add(value);
  return sum;
}

// What `/metrics` says of tasks, read from the model at each scrape.
import { TASK_STATES, taskMetrics } from '@celery-watch/celery-protocol';
import { collected, type Family, type HistogramValue, labelText, type Samples } from '@celery-watch/metrics';
import type { Model } from '../tracking/model.js';
import { STATE_INDEX, type TaskName, type TaskSeries } from '../tracking/tasks/task-series.js';

/** Label text is made once for each series: it costs more than the rest of its line. */
interface Labels {
  readonly pair: string;
  readonly states: readonly string[];
}

export interface BucketSettings {
  readonly durationBuckets: readonly number[];
  readonly waitBuckets: readonly number[];
}

/** @param clock epoch seconds, of a clock that nobody sets */
export function taskFamilies(model: Model, buckets: BucketSettings, clock: () => number): readonly Family[] {
  const cache = new WeakMap<TaskSeries, Labels>();
  const labels = (series: TaskSeries): Labels => {
    let known = cache.get(series);
    if (known === undefined) cache.set(series, (known = labelsOf(series)));
    return known;
  };
  const histogram = (
    entry: typeof taskMetrics.duration,
    bounds: readonly number[],
    value: (series: TaskSeries) => HistogramValue | undefined,
  ): Family =>
    collected({ ...entry, buckets: bounds }, (out) => {
      for (const series of model.tasks) {
        const numbers = value(series);
        if (numbers !== undefined) out.histogram(labels(series).pair, numbers.by(bounds));
      }
    });
  /** One sample for each series that has ever started: a producer's view of a task needs none of these. */
  const ofStarted = (out: Samples, value: (series: TaskSeries) => number): void => {
    for (const series of model.tasks) if (hasStarted(series)) out.add(labels(series).pair, value(series));
  };
  return [
    collected(taskMetrics.tasks, (out) => {
      const told = namesOfSenders(model);
      for (const series of model.tasks) {
        const texts = labels(series).states;
        // What no sender tells is not known, and no zero.
        for (let state = told.has(series.task) ? 0 : 1; state < texts.length; state++)
          out.add(texts[state] as string, series.states[state] as number);
      }
    }),
    collected(taskMetrics.failures, (out) => {
      for (const series of model.tasks) {
        for (const [exception, count] of series.failures)
          out.add(labelText(taskMetrics.failures, [series.task.name, series.queue, exception]), count);
      }
    }),
    histogram(taskMetrics.duration, buckets.durationBuckets, (series) => series.duration),
    histogram(taskMetrics.queueWait, buckets.waitBuckets, (series) => series.queueWait),
    histogram(taskMetrics.prefetchWait, buckets.waitBuckets, (series) => series.prefetchWait),
    collected(taskMetrics.running, (out) => {
      ofStarted(out, (series) => series.running);
    }),
    collected(taskMetrics.longestRunning, (out) => {
      // While nobody is heard nothing tells whether they still run: their ages stand still.
      writeLongestRunning(model, out, model.heardUntil(clock()));
    }),
    collected(taskMetrics.lastSuccess, (out) => {
      for (const task of model.tasks.names())
        if (task.lastSuccess > 0) out.add(labelText(taskMetrics.lastSuccess, [task.name]), task.lastSuccess);
    }),
    collected(taskMetrics.lost, (out) => {
      ofStarted(out, (series) => series.lost);
    }),
    collected(taskMetrics.unresolved, (out) => {
      ofStarted(out, (series) => series.unresolved);
    }),
  ];
}

function writeLongestRunning(model: Model, out: Samples, now: number): void {
  const longest = new Map<string, number>();
  for (const series of model.tasks) if (hasStarted(series)) longest.set(series.task.name, 0);
  model.tracker.executions.each((series, startedAt, worker) => {
    const ahead = model.workers.process(worker)?.owner.aheadOfNow(model.wallIsAhead) ?? model.wallIsAhead;
    const age = now - (startedAt - ahead);
    if (age > (longest.get(series.task.name) ?? 0)) longest.set(series.task.name, age);
  });
  for (const [name, age] of longest) out.add(labelText(taskMetrics.longestRunning, [name]), age);
}

/** The names of which any task-sent came. */
function namesOfSenders({ tasks }: Model): ReadonlySet<TaskName> {
  const names = new Set<TaskName>();
  for (const series of tasks) if ((series.states[STATE_INDEX.sent] as number) > 0) names.add(series.task);
  return names;
}

function hasStarted(series: TaskSeries): boolean {
  return (series.states[STATE_INDEX.started] as number) > 0;
}

function labelsOf(series: TaskSeries): Labels {
  const {
    queue,
    task: { name },
  } = series;
  return {
    pair: labelText(taskMetrics.running, [name, queue]),
    states: TASK_STATES.map((state) => labelText(taskMetrics.tasks, [name, queue, state])),
  };
}

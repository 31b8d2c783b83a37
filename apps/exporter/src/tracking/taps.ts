// Whoever hears events beside the tracker: numbers in the words of other exporters, and numbers of the user's own.
import type { CustomEvent, TaskEvent, WorkerEvent } from '@celery-watch/celery-protocol';
import type { TaskSeries, TaskSeriesBook } from './tasks/task-series.js';
import type { TaskTracker } from './tasks/task-tracker.js';

/** Hears each event after the model has taken it, second ones about one end too. None of these may throw. */
export interface EventTap {
  /** @param now epoch seconds, of a clock that nobody sets */
  task?(event: TaskEvent, now: number): void;
  worker?(event: WorkerEvent, now: number): void;
  custom?(event: CustomEvent, now: number): void;
  /** The queue of a task became known: what one series has counted is part of another now, and the first one ends. */
  merged?(from: TaskSeries, to: TaskSeries): void;
  /** Seconds that a task waited in its queue; measured with the event that comes to `task` next. */
  queueWait?(seconds: number): void;
  /** Time passes, about once a second. */
  tick?(now: number): void;
}

export interface KnownTask {
  readonly name: string;
  /** `unknown` where nothing named it. */
  readonly queue: string;
}

/** What is known of a task's id; undefined for one that was never heard of, or is forgotten. */
export function knownTask(
  { tracker, tasks }: { readonly tracker: TaskTracker; readonly tasks: TaskSeriesBook },
  id: string,
): KnownTask | undefined {
  const row = tracker.table.find(id);
  if (row < 0) return undefined;
  const { task, queue } = tasks.at(tracker.table.series[row] as number);
  return { name: task.name, queue };
}

// One task as it is now: lights against the thresholds of the alerts, and what the alerts say of it.
import { taskMetrics } from '@celery-watch/celery-protocol';
import { HEIGHT, line, type Section } from './grid.js';
import { stat } from './panels/stat.js';
import { NEUTRAL, none } from './panels/traffic-light.js';
import { counted, max, only, orZero, quantile, ratio, raw, series, total } from './promql.js';
import { firingAlerts, ruleMetrics } from './rule-metrics.js';
import { eventRate } from './task-panels.js';

/** What the head of the page chose. */
export const TASK = { name: only('task') };
/** Over all that the page shows, so that rare tasks have a number too. */
export const SHOWN = '$__range';

const pause = max([], series(ruleMetrics.successPause, TASK));
const usual = max([], series(ruleMetrics.usualPause, TASK));

export const taskNow: Section = {
  title: 'The task now',
  lines: [
    line(
      HEIGHT.stat,
      stat({
        title: 'Firing alerts',
        unit: 'short',
        steps: none(),
        stepsOf: { warning: none('orange') },
        nothing: 'unknown',
        about: 'Alerts that fire now and name this task; the table below says which, and since when.',
        queries: [
          { legend: 'critical', expr: orZero(raw(`count(${firingAlerts('critical', TASK)})`)) },
          { legend: 'warning', expr: orZero(raw(`count(${firingAlerts('warning', TASK)})`)) },
        ],
      }),
      stat({
        title: 'Started',
        unit: 'ops',
        steps: NEUTRAL,
        nothing: 'none known',
        about: 'Executions started per second over 5 minutes, retries included.',
        queries: [{ legend: 'started', expr: eventRate('started', TASK) }],
      }),
      stat({
        title: 'Failure ratio',
        unit: 'percentunit',
        decimals: 1,
        limit: 'task_failure_ratio',
        nothing: 'nothing finished',
        about:
          'Failed part of what finished within 5 minutes. Red is the general threshold of CeleryTaskFailing; this ' +
          'task may have one of its own.',
        queries: [{ legend: 'failed', expr: ratio(eventRate('failed', TASK), eventRate('succeeded|failed', TASK)) }],
      }),
      stat({
        title: 'Retry ratio',
        unit: 'percentunit',
        decimals: 1,
        limit: 'retry_ratio',
        nothing: 'nothing started',
        about:
          'Retries as a part of the executions started within 5 minutes (CeleryTaskRetryStorm). High for long: ' +
          'something that the task needs is away.',
        queries: [{ legend: 'retried', expr: ratio(eventRate('retried', TASK), eventRate('started', TASK)) }],
      }),
      stat({
        title: 'Last success',
        unit: 's',
        decimals: 0,
        steps: NEUTRAL,
        nothing: 'never seen',
        about: 'Time since the last success. Overdue, to the right, says whether that is long for this task.',
        queries: [{ legend: 'ago', expr: pause }],
      }),
      stat({
        title: 'Overdue',
        unit: 'none',
        decimals: 1,
        limit: 'success_pause_factor',
        nothing: 'usual pause unknown',
        about:
          'Time since the last success, as a multiple of the longest pause that was usual in 14 days. Red is the ' +
          'threshold of CeleryTaskNotSucceeded.',
        queries: [{ legend: 'times the usual', expr: `${pause} / ${usual}` }],
      }),
    ),
    line(
      HEIGHT.stat,
      stat({
        title: 'P95 run time',
        unit: 's',
        limit: 'task_duration_seconds',
        nothing: 'nothing finished',
        about:
          '19 of 20 executions took at most this long, over the time shown above. Measured in buckets: a rough ' +
          'value. Red: the general threshold of HighCeleryTaskExecutionTime.',
        queries: [{ legend: 'P95', expr: quantile(0.95, [], taskMetrics.duration, TASK, SHOWN) }],
      }),
      stat({
        title: 'P95 queue wait',
        unit: 's',
        limit: 'queue_wait_seconds',
        nothing: 'not known',
        about:
          'From sent (or ETA) to started, over the time shown above. Needs task_send_sent_event in the senders, or ' +
          'an ETA. Red: the general threshold of HighCeleryQueueWait.',
        queries: [{ legend: 'P95', expr: quantile(0.95, [], taskMetrics.queueWait, TASK, SHOWN) }],
      }),
      stat({
        title: 'Running now',
        unit: 'short',
        steps: NEUTRAL,
        nothing: 'never ran',
        about: 'Executions of this task that have started and not ended.',
        queries: [{ legend: 'running', expr: total([], taskMetrics.running, TASK) }],
      }),
      stat({
        title: 'Longest running',
        unit: 's',
        decimals: 0,
        limit: 'task_running_seconds',
        nothing: 'never ran',
        about:
          'Age of the oldest execution that is on now; 0 where none is. Red: the general threshold of ' +
          'CeleryTaskRunningTooLong.',
        queries: [{ legend: 'age', expr: max([], series(taskMetrics.longestRunning, TASK)) }],
      }),
      stat({
        title: 'Lost',
        unit: 'short',
        decimals: 0,
        steps: none(),
        nothing: 'none known',
        about:
          'Executions that were running on a worker when it died, within the time shown above (CeleryTasksLost). ' +
          'What they had done half is not known.',
        queries: [{ legend: 'lost', expr: `round(${counted([], taskMetrics.lost, TASK, SHOWN)})` }],
      }),
      stat({
        title: 'Unresolved',
        unit: 'short',
        decimals: 0,
        steps: NEUTRAL,
        nothing: 'none known',
        about:
          'Executions that ended without an event, within the time shown above. Usual for a task that raises Ignore ' +
          'or replaces itself.',
        queries: [{ legend: 'unresolved', expr: `round(${counted([], taskMetrics.unresolved, TASK, SHOWN)})` }],
      }),
    ),
  ],
};

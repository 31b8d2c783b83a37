// Tasks: what happens to them, how long they run and wait, which one it is.
import { taskMetrics } from '@celery-watch/celery-protocol';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, UIDS } from './dashboard.js';
import { HEIGHT, line, type Section } from './grid.js';
import { lines } from './panels/time-series.js';
import { inScope } from './panels/query.js';
import { stat } from './panels/stat.js';
import { colorsOf, NEUTRAL, STATE_COLORS } from './panels/traffic-light.js';
import { counted, max, perSecond, quantile, ratio, re, series, topk, total, ofEach } from './promql.js';
import { eventRate, prefetchWait, QUANTILE_COLORS, quantiles, runTimeDistribution } from './task-panels.js';
import { taskTables } from './task-tables.js';

/** What the head of the page chose. */
const NAME = { name: re('$name') };
const CHOSEN = { ...NAME, queue: re('$queue') };

const TURNED_AWAY = ['rejected', 'revoked', 'cancelled'] as const;

const now: Section = {
  title: 'The chosen tasks now',
  lines: [
    line(
      HEIGHT.stat,
      stat({
        title: 'Started',
        unit: 'ops',
        steps: NEUTRAL,
        nothing: 'none known',
        about:
          'Executions started per second over 5 minutes, retries included. To be compared with what is usual at ' +
          'this hour.',
        queries: [{ legend: 'started', expr: eventRate('started', CHOSEN) }],
      }),
      stat({
        title: 'Failure ratio',
        unit: 'percentunit',
        decimals: 1,
        limit: 'task_failure_ratio',
        nothing: 'nothing finished',
        about:
          'Failed part of what finished within 5 minutes. Red is the threshold of CeleryTaskFailing, which looks ' +
          'at each task alone.',
        queries: [
          { legend: 'failed', expr: ratio(eventRate('failed', CHOSEN), eventRate('succeeded|failed', CHOSEN)) },
        ],
      }),
      stat({
        title: 'Retry ratio',
        unit: 'percentunit',
        decimals: 1,
        limit: 'retry_ratio',
        nothing: 'nothing started',
        about:
          'Retries as a part of the executions started within 5 minutes. High for long: something that the task ' +
          'needs is away (CeleryTaskRetryStorm).',
        queries: [{ legend: 'retried', expr: ratio(eventRate('retried', CHOSEN), eventRate('started', CHOSEN)) }],
      }),
      stat({
        title: 'P95 run time',
        unit: 's',
        limit: 'task_duration_seconds',
        nothing: 'nothing finished',
        about:
          '19 of 20 executions took at most this long, over the time shown above. Measured in buckets: a rough value, never ' +
          'above the last one (2 h).',
        queries: [{ legend: 'P95', expr: quantile(0.95, [], taskMetrics.duration, CHOSEN, '$__range') }],
      }),
      stat({
        title: 'Running now',
        unit: 'short',
        steps: NEUTRAL,
        nothing: 'never ran',
        about: 'Executions that have started and not ended.',
        queries: [{ legend: 'running', expr: total([], taskMetrics.running, CHOSEN) }],
      }),
      stat({
        title: 'Longest running',
        unit: 's',
        decimals: 0,
        limit: 'task_running_seconds',
        nothing: 'never ran',
        about:
          'Age of the oldest execution that is on now, of the chosen tasks in any queue (CeleryTaskRunningTooLong).',
        queries: [{ legend: 'age', expr: max([], series(taskMetrics.longestRunning, NAME)) }],
      }),
    ),
  ],
};

const events: Section = {
  title: 'What happens to them',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Rate by state',
        unit: 'ops',
        nothing: 'no such task was seen',
        colors: STATE_COLORS,
        about:
          'Task events per second. Sent is only known where senders have task_send_sent_event. Received well above ' +
          'started: tasks wait inside the workers.',
        queries: [{ legend: '{{state}}', expr: perSecond(['state'], taskMetrics.tasks, CHOSEN) }],
      }),
      lines({
        title: 'Failures by exception',
        unit: 'short',
        nothing: 'nothing failed',
        legend: 'table',
        drawn: 'bars',
        about:
          'Failed executions by the class of the exception, the first of a new one included. One class across many tasks is a common ' +
          'cause, such as a database that is away.',
        queries: [{ legend: '{{exception}}', expr: topk(15, counted(['exception'], taskMetrics.failures, CHOSEN)) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Started by task',
        unit: 'ops',
        nothing: 'nothing started',
        legend: 'table',
        about: 'The ten tasks that start most often. One that drops to nothing is no longer sent, or nobody takes it.',
        queries: [
          {
            legend: inScope('{{name}}'),
            expr: topk(10, perSecond(ofEach('name'), taskMetrics.tasks, { ...CHOSEN, state: 'started' })),
          },
        ],
      }),
      lines({
        title: 'Retries by task',
        unit: 'ops',
        nothing: 'nothing was retried',
        legend: 'table',
        drawn: 'stacked',
        about:
          'The ten tasks that retry most. Retries are quiet: a task may fail inside for hours before it gives up ' +
          'and counts as failed.',
        queries: [
          {
            legend: inScope('{{name}}'),
            expr: topk(10, perSecond(ofEach('name'), taskMetrics.tasks, { ...CHOSEN, state: 'retried' })),
          },
        ],
      }),
    ),
  ],
};

const times: Section = {
  title: 'How long they run and wait',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Run time',
        unit: 's',
        nothing: 'nothing finished',
        colors: QUANTILE_COLORS,
        about:
          'Quantiles of the run time of what finished, over all chosen tasks. P99 far from P50: a few executions ' +
          'behave otherwise, the heatmap shows how many.',
        queries: quantiles(taskMetrics.duration, CHOSEN),
      }),
      runTimeDistribution(CHOSEN),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Queue wait',
        unit: 's',
        nothing: 'not known: nothing started, or senders say no task-sent',
        colors: QUANTILE_COLORS,
        limit: 'queue_wait_seconds',
        about:
          'From sent (or ETA) to started: what the user of the task waits for before anything happens. Needs ' +
          'task_send_sent_event, or an ETA. ' +
          'Dashed: the general threshold of HighCeleryQueueWait.',
        queries: quantiles(taskMetrics.queueWait, CHOSEN),
      }),
      prefetchWait(CHOSEN),
      lines({
        title: 'P95 run time by task',
        unit: 's',
        nothing: 'nothing finished',
        limit: 'task_duration_seconds',
        about: 'The ten slowest tasks. Dashed: the general threshold of HighCeleryTaskExecutionTime.',
        queries: [
          { legend: inScope('{{name}}'), expr: topk(10, quantile(0.95, ofEach('name'), taskMetrics.duration, CHOSEN)) },
        ],
      }),
    ),
  ],
};

const running: Section = {
  title: 'What runs now',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Running now',
        unit: 'short',
        nothing: 'nothing runs',
        drawn: 'stacked',
        legend: 'table',
        decimals: 0,
        about:
          'Executions that are on, of the ten tasks that have most. Flat at the number of pool processes: all are ' +
          'busy.',
        queries: [{ legend: inScope('{{name}}'), expr: topk(10, total(ofEach('name'), taskMetrics.running, CHOSEN)) }],
      }),
      lines({
        title: 'Longest running',
        unit: 's',
        nothing: 'nothing runs',
        legend: 'table',
        limit: 'task_running_seconds',
        about:
          'Age of the oldest execution of each task, the ten oldest. A straight line upwards that does not end is ' +
          'a task that hangs. ' +
          'Dashed: the general threshold of CeleryTaskRunningTooLong.',
        queries: [
          {
            legend: inScope('{{name}}'),
            expr: topk(10, max(ofEach('name'), series(taskMetrics.longestRunning, NAME))),
          },
        ],
      }),
    ),
  ],
};

const leaks: Section = {
  title: 'What did not end well',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Lost',
        unit: 'short',
        nothing: 'nothing was lost',
        drawn: 'bars',
        decimals: 0,
        about: 'Executions that were running on a worker when it died. Any is worth a look (CeleryTasksLost).',
        queries: [{ legend: inScope('{{name}}'), expr: topk(10, counted(ofEach('name'), taskMetrics.lost, CHOSEN)) }],
      }),
      lines({
        title: 'Unresolved',
        unit: 'short',
        nothing: 'nothing ended without an event',
        drawn: 'bars',
        decimals: 0,
        about:
          'Executions that ended without an event. Usual for tasks that raise Ignore or replace themselves; else ' +
          'their last event was lost.',
        queries: [
          { legend: inScope('{{name}}'), expr: topk(10, counted(ofEach('name'), taskMetrics.unresolved, CHOSEN)) },
        ],
      }),
      lines({
        title: 'Rejected, revoked, cancelled',
        unit: 'ops',
        nothing: 'no task was turned away',
        colors: colorsOf(TURNED_AWAY),
        about:
          'Tasks that were turned away: rejected by their own code, revoked by somebody or expired, or cancelled ' +
          'since the worker lost its broker.',
        queries: [
          {
            legend: '{{state}}',
            expr: perSecond(['state'], taskMetrics.tasks, { ...CHOSEN, state: re(TURNED_AWAY.join('|')) }),
          },
        ],
      }),
    ),
  ],
};

export function tasks(): Dashboard {
  return dashboard({
    uid: UIDS.tasks,
    title: 'Celery / Tasks',
    hours: 1,
    variables: ['name', 'taskQueue'],
    about: 'What happens to tasks, how long they run and wait, and which task it is. Choose tasks and queues above.',
    sections: [now, taskTables(NAME, CHOSEN), events, times, running, leaks],
  });
}

// One task: what an alert that names it, or a row of a table, leads to.
import { taskMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { alertTable } from './alert-table.js';
import { dashboard, UIDS } from './dashboard.js';
import { HEIGHT, line, type Section } from './grid.js';
import { inScope } from './panels/query.js';
import { scopeColumns, table } from './panels/table.js';
import { lines } from './panels/time-series.js';
import { STATE_COLORS } from './panels/traffic-light.js';
import {
  counted,
  type Expr,
  max,
  ofEach,
  perSecond,
  quantile,
  ratio,
  re,
  SCOPE_LABELS,
  series,
  topk,
  total,
} from './promql.js';
import { SHOWN, TASK, taskNow } from './task-now.js';
import { prefetchWait, QUANTILE_COLORS, quantiles, runTimeDistribution } from './task-panels.js';

const ofQueue = (state: string): Expr<'queue' | 'job'> =>
  perSecond(ofEach('queue'), taskMetrics.tasks, { ...TASK, state: re(state) }, SHOWN);

const where: Section = {
  title: 'What is said of it, and where it runs',
  lines: [
    line(
      HEIGHT.rows,
      alertTable(TASK, 'Firing alerts on this task'),
      table({
        title: 'Queues of this task',
        about:
          'Each queue that the task went through, over the time shown above. A click on a queue opens it. "unknown": ' +
          'no event named the queue.',
        nothing: '-',
        labels: [
          { label: 'queue', title: 'Queue', details: { uid: UIDS.queuesWorkers, variable: 'queue' } },
          ...scopeColumns(UIDS.task),
        ],
        values: [
          { title: 'Started /s', expr: ofQueue('started'), unit: 'ops' },
          {
            title: 'Failure ratio',
            unit: 'percentunit',
            decimals: 1,
            limit: 'task_failure_ratio',
            expr: ratio(ofQueue('failed'), ofQueue('succeeded|failed')),
          },
          {
            title: 'P95 wait',
            unit: 's',
            limit: 'queue_wait_seconds',
            expr: quantile(0.95, ofEach('queue'), taskMetrics.queueWait, TASK, SHOWN),
          },
          { title: 'Running', expr: total(ofEach('queue'), taskMetrics.running, TASK), unit: 'short' },
        ],
        sortBy: { title: 'Started /s', descending: true },
      }),
    ),
  ],
};

const events: Section = {
  title: 'What happens to it',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Rate by state',
        unit: 'ops',
        nothing: 'this task was not seen',
        colors: STATE_COLORS,
        about:
          'Its events per second. Sent is only known where senders have task_send_sent_event. Received well above ' +
          'started: it waits inside the workers.',
        queries: [{ legend: '{{state}}', expr: perSecond(['state'], taskMetrics.tasks, TASK) }],
      }),
      lines({
        title: 'Failures by exception',
        unit: 'short',
        nothing: 'nothing failed',
        legend: 'table',
        drawn: 'bars',
        about: 'Failed executions by the class of the exception, the first of a new one included.',
        queries: [{ legend: '{{exception}}', expr: topk(15, counted(['exception'], taskMetrics.failures, TASK)) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Retries',
        unit: 'ops',
        nothing: 'nothing was retried',
        about:
          'Retries per second, by queue. They are quiet: a task may fail inside for hours before it counts as failed.',
        queries: [
          {
            legend: inScope('{{queue}}'),
            expr: perSecond(ofEach('queue'), taskMetrics.tasks, { ...TASK, state: 'retried' }),
          },
        ],
      }),
      lines({
        title: 'Lost and unresolved',
        unit: 'short',
        nothing: 'every execution ended with an event',
        drawn: 'bars',
        decimals: 0,
        colors: { lost: 'red', unresolved: 'yellow' },
        about:
          'Lost: running on a worker when it died; any is worth a look. Unresolved: ended without an event, which is ' +
          'usual where the task raises Ignore.',
        queries: [
          { legend: 'lost', expr: counted([], taskMetrics.lost, TASK) },
          { legend: 'unresolved', expr: counted([], taskMetrics.unresolved, TASK) },
        ],
      }),
      lines({
        title: 'Longest running, over time',
        unit: 's',
        nothing: 'it never ran',
        limit: 'task_running_seconds',
        about:
          'Age of the oldest execution that is on. A straight line upwards that does not end is an execution that ' +
          'hangs. Dashed: the general threshold of CeleryTaskRunningTooLong.',
        queries: [{ legend: inScope('oldest'), expr: max(SCOPE_LABELS, series(taskMetrics.longestRunning, TASK)) }],
      }),
    ),
  ],
};

const times: Section = {
  title: 'How long it runs and waits',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Run time',
        unit: 's',
        nothing: 'nothing finished',
        colors: QUANTILE_COLORS,
        limit: 'task_duration_seconds',
        about:
          'Quantiles of the run time of what finished. P99 far from P50: a few executions behave otherwise, the ' +
          'heatmap shows how many. Dashed: the general threshold of HighCeleryTaskExecutionTime.',
        queries: quantiles(taskMetrics.duration, TASK),
      }),
      runTimeDistribution(TASK),
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
          'From sent (or ETA) to started: what the user of the task waits for before anything happens. Dashed: the ' +
          'general threshold of HighCeleryQueueWait.',
        queries: quantiles(taskMetrics.queueWait, TASK),
      }),
      prefetchWait(TASK),
      lines({
        title: 'Running now',
        unit: 'short',
        nothing: 'nothing runs',
        drawn: 'stacked',
        decimals: 0,
        about: 'Executions of this task that are on, by queue. Flat: as many as there are processes for it.',
        queries: [{ legend: inScope('{{queue}}'), expr: total(ofEach('queue'), taskMetrics.running, TASK) }],
      }),
    ),
  ],
};

const byWorker = (state: string): Expr<'worker' | 'job'> =>
  perSecond(ofEach('worker'), workerMetrics.tasks, { state }, SHOWN);

const workers: Section = {
  title: 'Which worker was it?',
  lines: [
    line(
      HEIGHT.rows,
      table({
        title: 'Workers of the chosen brokers, all tasks',
        about:
          'No metric says which worker ran which task: that would be a series for each pair. What each worker started ' +
          'and failed over the time shown above, whatever the task: one that fails alone is a broken machine, all of ' +
          'them a broken task.',
        nothing: '-',
        labels: [
          { label: 'worker', title: 'Worker', details: { uid: UIDS.queuesWorkers, variable: 'worker' } },
          ...scopeColumns(UIDS.task),
        ],
        values: [
          { title: 'Started /s', expr: byWorker('started'), unit: 'ops' },
          { title: 'Succeeded /s', expr: byWorker('succeeded'), unit: 'ops' },
          { title: 'Failed /s', expr: byWorker('failed'), unit: 'ops' },
          { title: 'Retried /s', expr: byWorker('retried'), unit: 'ops' },
          {
            title: 'Active',
            expr: max(ofEach('worker'), series(workerMetrics.tasksActive)),
            unit: 'short',
          },
        ],
        sortBy: { title: 'Failed /s', descending: true },
      }),
    ),
  ],
};

export function task(): Dashboard {
  return dashboard({
    uid: UIDS.task,
    title: 'Celery / One task',
    hours: 1,
    variables: ['task'],
    about:
      'Everything that is known of one task: alerts that name it, what happens to it, how long it runs and waits. ' +
      'Choose it above, or come by a click on its name in a table.',
    sections: [taskNow, where, events, times, workers],
  });
}

// Overview: is it healthy? Twelve traffic lights, the firing alerts, and a few curves that say since when.
import { brokerMetrics, queueMetrics, taskMetrics } from '@celery-watch/celery-protocol';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { EXPORTER_UP } from './foreign-metrics.js';
import { dashboard, UIDS } from './dashboard.js';
import { HEIGHT, line, type Section } from './grid.js';
import { alertTable } from './alert-table.js';
import { inScope } from './panels/query.js';
import { lines } from './panels/time-series.js';
import { stat } from './panels/stat.js';
import { atLeast, NEUTRAL, none, STATE_COLORS, UP_OR_DOWN } from './panels/traffic-light.js';
import { counted, known, max, orZero, ratio, raw, series, sum, topk, total, ofEach } from './promql.js';
import { firingAlerts, ruleMetrics } from './rule-metrics.js';

const TASKS = { title: 'Tasks', uid: UIDS.tasks };
const QUEUES = { title: 'Queues and workers', uid: UIDS.queuesWorkers };
const EXPORTER = { title: 'Exporter and relay', uid: UIDS.exporterRelay };

export const FAILURE_RATIO = ratio(
  sum([], series(ruleMetrics.tasksRate, { state: 'failed' })),
  sum([], series(ruleMetrics.finishedRate)),
);
const missed = sum([], series(ruleMetrics.missed));
/** Of what was started, seen or not, as the alert has it. */
export const MISSED_RATIO = ratio(missed, raw(`(${missed} + ${sum([], series(ruleMetrics.workerStarted))})`));
export const WORKERS_UP = sum([], series(ruleMetrics.workerUp));
export const WORKERS_DOWN = orZero(raw(`count(${series(ruleMetrics.workerUp)} == 0)`));
const health: Section = {
  title: 'Is it healthy?',
  lines: [
    line(
      HEIGHT.stat,
      stat({
        title: 'Firing alerts',
        unit: 'short',
        steps: none(),
        stepsOf: { warning: none('orange') },
        nothing: 'unknown',
        about:
          'Alerts that fire now, on Celery and on the alert relay. Red: somebody should act now; the table below ' +
          'says on what, the alert guide how.',
        queries: [
          { legend: 'critical', expr: orZero(raw(`count(${firingAlerts('critical')})`)) },
          { legend: 'warning', expr: orZero(raw(`count(${firingAlerts('warning')})`)) },
        ],
      }),
      stat({
        title: 'Exporter and broker',
        unit: 'short',
        steps: atLeast(1),
        mappings: UP_OR_DOWN,
        nothing: 'unknown',
        details: EXPORTER,
        about:
          'Whether Prometheus reaches the exporter, and the exporter the broker. While either is down nothing else ' +
          'on this page can be believed ' +
          '(CeleryExporterDown, CeleryRedisConnectionFailed).',
        queries: [
          { legend: 'exporter', expr: `min(${EXPORTER_UP})` },
          { legend: 'broker', expr: `min(${series(brokerMetrics.up)})` },
        ],
      }),
      stat({
        title: 'Workers',
        unit: 'short',
        steps: atLeast(1),
        stepsOf: { down: none() },
        nothing: 'unknown',
        details: QUEUES,
        about:
          'Workers that give signs of life, and those that were there a while ago and are not now ' +
          '(CeleryWorkerDown after 2 minutes).',
        queries: [
          { legend: 'up', expr: WORKERS_UP },
          { legend: 'down', expr: WORKERS_DOWN },
        ],
      }),
      stat({
        title: 'Failure ratio',
        unit: 'percentunit',
        decimals: 1,
        limit: 'failure_ratio',
        nothing: 'nothing finished',
        details: TASKS,
        about:
          'Failed part of the executions that finished in the last 5 minutes, all tasks together. Red is the ' +
          'threshold of HighCeleryTaskFailureRate; ' +
          'with few executions the alert stays silent, and so may you.',
        queries: [{ legend: 'failed', expr: FAILURE_RATIO }],
      }),
      stat({
        title: 'Longest queue',
        unit: 'short',
        limit: 'queue_length',
        nothing: 'no queue',
        details: QUEUES,
        about:
          'Messages in the longest queue. Red is the general threshold of HighCeleryQueueLength; queues with a ' +
          'threshold of their own may be longer.',
        queries: [{ legend: 'messages', expr: max([], series(ruleMetrics.queueLength)) }],
      }),
      stat({
        title: 'Oldest message',
        unit: 's',
        decimals: 0,
        limit: 'queue_wait_seconds',
        nothing: 'no queue',
        details: QUEUES,
        about:
          'Age of the message that waits longest at the head of any queue. It grows while nobody takes messages, ' +
          'and shows that long before the ' +
          'wait of finished tasks does. Red is the threshold of HighCeleryQueueWait.',
        queries: [{ legend: 'age', expr: max([], series(queueMetrics.oldestAge)) }],
      }),
    ),
    line(
      HEIGHT.stat,
      stat({
        title: 'Running now',
        unit: 'short',
        steps: NEUTRAL,
        nothing: 'unknown',
        details: TASKS,
        about:
          'Executions that have started and not ended. Neither good nor bad; compare with the number of pool ' +
          'processes on "Queues and workers".',
        queries: [{ legend: 'running', expr: total([], taskMetrics.running) }],
      }),
      stat({
        title: 'Longest running',
        unit: 's',
        decimals: 0,
        limit: 'task_running_seconds',
        nothing: 'nothing ran',
        details: TASKS,
        about:
          'Age of the oldest execution that is on now. One that hangs holds a pool process until somebody ends it ' +
          '(CeleryTaskRunningTooLong).',
        queries: [{ legend: 'age', expr: max([], series(taskMetrics.longestRunning)) }],
      }),
      stat({
        title: 'P95 run time, slowest task',
        unit: 's',
        limit: 'task_duration_seconds',
        nothing: 'nothing finished',
        details: TASKS,
        about:
          '19 of 20 executions of the slowest task took at most this long, over the last 10 minutes ' +
          '(HighCeleryTaskExecutionTime).',
        queries: [{ legend: 'P95', expr: max([], known(series(ruleMetrics.durationP95))) }],
      }),
      stat({
        title: 'P95 wait, slowest queue',
        unit: 's',
        limit: 'queue_wait_seconds',
        nothing: 'nothing started',
        details: QUEUES,
        about:
          'From sent (or ETA) to started, over the last 10 minutes (HighCeleryQueueWait). Needs ' +
          'task_send_sent_event in the senders, or ETAs.',
        queries: [{ legend: 'P95', expr: max([], known(series(ruleMetrics.queueWaitP95))) }],
      }),
      stat({
        title: 'Lost and unresolved',
        unit: 'short',
        decimals: 0,
        steps: none(),
        stepsOf: { unresolved: NEUTRAL },
        nothing: 'nothing ran',
        details: TASKS,
        about:
          'Lost: they were running on a worker when it died, in the last 15 minutes (CeleryTasksLost); without late acknowledgement nobody ' +
          'runs them again. ' +
          'Unresolved, within the time shown above: they ended without an event, as tasks that raise Ignore do; a sudden rise means lost events.',
        queries: [
          { legend: 'lost', expr: sum([], series(ruleMetrics.lost)) },
          { legend: 'unresolved', expr: `round(${counted([], taskMetrics.unresolved, {}, '$__range')})` },
        ],
      }),
      stat({
        title: 'Missed events',
        unit: 'percentunit',
        decimals: 1,
        limit: 'missed_ratio',
        nothing: 'nothing started',
        details: EXPORTER,
        about:
          'Can the numbers be believed? Part of the executions of the last 10 minutes whose events never arrived ' +
          '(CeleryEventsMissed). ' +
          'Tasks with send_events=False count here too.',
        queries: [{ legend: 'missed', expr: MISSED_RATIO }],
      }),
    ),
    line(6, alertTable()),
  ],
};

const work: Section = {
  title: 'Work',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Throughput by state',
        unit: 'ops',
        nothing: 'no task was seen in the last 5 minutes',
        colors: STATE_COLORS,
        about:
          'Task events per second, over 5 minutes. Started should follow sent, succeeded should follow started: ' +
          'where they part, work piles up or fails.',
        queries: [{ legend: '{{state}}', expr: sum(['state'], series(ruleMetrics.tasksRate)) }],
      }),
      lines({
        title: 'Failure ratio',
        unit: 'percentunit',
        nothing: 'nothing finished: no ratio',
        limit: 'failure_ratio',
        colors: { 'all tasks': 'red' },
        about:
          'Failed part of what finished within 5 minutes. The dashed line is the threshold of ' +
          'HighCeleryTaskFailureRate.',
        queries: [{ legend: 'all tasks', expr: FAILURE_RATIO }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Failures by task',
        unit: 'ops',
        nothing: 'nothing failed',
        legend: 'table',
        about: 'The ten tasks that fail most. One task that fails always is easily hidden in the ratio of all.',
        queries: [
          {
            legend: inScope('{{name}}'),
            expr: topk(10, raw(`${sum(ofEach('name'), series(ruleMetrics.tasksRate, { state: 'failed' }))} > 0`)),
          },
        ],
      }),
      lines({
        title: 'P95 run time by task',
        unit: 's',
        nothing: 'nothing finished in the last 10 minutes',
        legend: 'table',
        limit: 'task_duration_seconds',
        about:
          'The ten slowest tasks, over 10 minutes. The dashed line is the general threshold of ' +
          'HighCeleryTaskExecutionTime.',
        queries: [
          { legend: inScope('{{name}}'), expr: topk(10, max(ofEach('name'), known(series(ruleMetrics.durationP95)))) },
        ],
      }),
    ),
  ],
};

const backlog: Section = {
  title: 'Backlog and workers',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Queue length',
        unit: 'short',
        nothing: 'no queue is known: the broker was not read, or nobody uses one',
        legend: 'table',
        limit: 'queue_length',
        about:
          'Messages waiting. A hill is a burst; a slope that never falls is too little capacity ' +
          '(CeleryQueueNotDraining). Dashed: the general threshold of HighCeleryQueueLength.',
        queries: [{ legend: inScope('{{queue}}'), expr: sum(ofEach('queue'), series(ruleMetrics.queueLength)) }],
      }),
      lines({
        title: 'Oldest message',
        unit: 's',
        nothing: 'no age is known: no queue was read, or no head could be',
        legend: 'table',
        about: 'Age of the message that is taken next. A straight line upwards: nobody takes from this queue.',
        queries: [{ legend: inScope('{{queue}}'), expr: max(ofEach('queue'), series(queueMetrics.oldestAge)) }],
      }),
    ),
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
          'Executions that are on, of the ten tasks that have most. Flat at the number of pool processes: all of ' +
          'them are busy.',
        queries: [
          { legend: inScope('{{name}}'), expr: topk(10, raw(`${total(ofEach('name'), taskMetrics.running)} > 0`)) },
        ],
      }),
      lines({
        title: 'Workers',
        unit: 'short',
        nothing: 'no worker was ever heard of',
        drawn: 'steps',
        decimals: 0,
        colors: { up: 'green', down: 'red' },
        about: 'Workers that are up, and those that went down within the worker TTL (15 minutes).',
        queries: [
          { legend: 'up', expr: WORKERS_UP },
          { legend: 'down', expr: WORKERS_DOWN },
        ],
      }),
    ),
  ],
};

export function overview(): Dashboard {
  return dashboard({
    uid: UIDS.overview,
    title: 'Celery / Overview',
    hours: 1,
    variables: [],
    about:
      'Is Celery healthy? Lights turn red at the thresholds of the alerts; the link in the corner of a light leads ' +
      'to its details.',
    relay: true,
    sections: [health, work, backlog],
  });
}

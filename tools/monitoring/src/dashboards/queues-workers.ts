// Queues and workers: what waits, who takes it, and how the takers are.
import { queueMetrics, taskMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dashboard, UIDS } from './dashboard.js';
import { HEIGHT, line, type Section } from './grid.js';
import { WORKERS_DOWN, WORKERS_UP } from './overview.js';
import { inScope } from './panels/query.js';
import { lines } from './panels/time-series.js';
import { stat } from './panels/stat.js';
import { atLeast, FULLNESS, NEUTRAL, none } from './panels/traffic-light.js';
import {
  counted,
  type Expr,
  max,
  orZero,
  perSecond,
  quantile,
  ratio,
  raw,
  re,
  series,
  sum,
  total,
  type Scope,
  SCOPE_LABELS,
  ofEach,
} from './promql.js';
import { queueTable, workerTable } from './queue-worker-tables.js';
import { ruleMetrics } from './rule-metrics.js';

const QUEUE = { queue: re('$queue') };
const WORKER = { worker: re('$worker') };

/** A worker that is down keeps the size that its pool had. */
const livePool: Expr<Scope | 'worker'> = raw(
  `${max([...SCOPE_LABELS, 'worker'], series(workerMetrics.poolProcesses, WORKER))} * ` +
    max([...SCOPE_LABELS, 'worker'], series(ruleMetrics.workerUp, WORKER)),
);

const now: Section = {
  title: 'Now',
  lines: [
    line(
      HEIGHT.stat,
      stat({
        title: 'Queues without worker',
        unit: 'short',
        steps: none(),
        nothing: 'unknown',
        about:
          'Queues that hold messages and that no live worker consumes (CeleryQueueWithoutWorker after 5 minutes). ' +
          'Nothing will ever take them.',
        queries: [
          {
            legend: 'queues',
            expr: orZero(
              raw(
                `count(${series(ruleMetrics.queueLength)} > 0 and on (${SCOPE_LABELS.join(', ')}, queue) ` +
                  `${max([...SCOPE_LABELS, 'queue'], series(queueMetrics.consumers))} == 0)`,
              ),
            ),
          },
        ],
      }),
      stat({
        title: 'Messages waiting',
        unit: 'short',
        steps: NEUTRAL,
        nothing: 'no queue',
        about: 'In all chosen queues together. The lights per queue are in the table below.',
        queries: [{ legend: 'messages', expr: sum([], series(ruleMetrics.queueLength, QUEUE)) }],
      }),
      stat({
        title: 'Oldest message',
        unit: 's',
        decimals: 0,
        limit: 'queue_wait_seconds',
        nothing: 'no queue',
        about:
          'Age of the message that waits longest at the head of a chosen queue. Red is the threshold of ' +
          'HighCeleryQueueWait.',
        queries: [{ legend: 'age', expr: max([], series(queueMetrics.oldestAge, QUEUE)) }],
      }),
      stat({
        title: 'Unacknowledged',
        unit: 'short',
        steps: NEUTRAL,
        nothing: 'unknown',
        about:
          'Messages that workers hold: prefetched, waiting for an ETA, or running with late acknowledgement. They ' +
          'are in no queue length. ' +
          'After a worker died they come back only when the visibility timeout is over.',
        queries: [{ legend: 'unacked', expr: total([], queueMetrics.unacked) }],
      }),
      stat({
        title: 'Workers',
        unit: 'short',
        steps: atLeast(1),
        stepsOf: { down: none() },
        nothing: 'unknown',
        about:
          'Workers that give signs of life, and those that were there a while ago and are not now (CeleryWorkerDown).',
        queries: [
          { legend: 'up', expr: WORKERS_UP },
          { legend: 'down', expr: WORKERS_DOWN },
        ],
      }),
      stat({
        title: 'Busy',
        unit: 'percentunit',
        decimals: 0,
        steps: FULLNESS,
        nothing: 'pools unknown',
        about:
          'Executing tasks as a part of what the pools of the chosen workers can run at once. Full and queues ' +
          'grow: more workers are needed. Full and queues are empty: well used.',
        queries: [{ legend: 'busy', expr: ratio(total([], workerMetrics.tasksActive, WORKER), sum([], livePool)) }],
      }),
    ),
  ],
};

const queues: Section = {
  title: 'Queues',
  lines: [
    line(HEIGHT.table, queueTable(QUEUE)),
    line(
      HEIGHT.graph,
      lines({
        title: 'Length',
        unit: 'short',
        nothing: 'no queue is known: the broker was not read, or nobody uses one',
        legend: 'table',
        limit: 'queue_length',
        about: 'Messages waiting, over all priorities. Dashed: the general threshold of HighCeleryQueueLength.',
        queries: [{ legend: inScope('{{queue}}'), expr: sum(ofEach('queue'), series(ruleMetrics.queueLength, QUEUE)) }],
      }),
      lines({
        title: 'Oldest message',
        unit: 's',
        nothing: 'no age is known: no queue was read, or no head could be',
        legend: 'table',
        about:
          'Age of the message that is taken next; a lower bound where task-sent was not seen. A straight line ' +
          'upwards: nobody takes from this queue.',
        queries: [{ legend: inScope('{{queue}}'), expr: max(ofEach('queue'), series(queueMetrics.oldestAge, QUEUE)) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'In and out',
        unit: 'ops',
        nothing: 'nothing was sent or started',
        legend: 'table',
        about:
          'Tasks sent into each queue and started from it, per second. In above out for long: the queue grows. In ' +
          'is only known with task_send_sent_event.',
        queries: [
          {
            legend: inScope('{{queue}} in'),
            expr: perSecond(ofEach('queue'), taskMetrics.tasks, { ...QUEUE, state: 'sent' }),
          },
          {
            legend: inScope('{{queue}} out'),
            expr: perSecond(ofEach('queue'), taskMetrics.tasks, { ...QUEUE, state: 'started' }),
          },
        ],
      }),
      lines({
        title: 'P95 wait',
        unit: 's',
        nothing: 'not known: nothing started, or senders say no task-sent',
        legend: 'table',
        limit: 'queue_wait_seconds',
        about:
          'From sent (or ETA) to started, of what was started. Dashed: the general threshold of HighCeleryQueueWait.',
        queries: [
          { legend: inScope('{{queue}}'), expr: quantile(0.95, ofEach('queue'), taskMetrics.queueWait, QUEUE) },
        ],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Consumers',
        unit: 'short',
        nothing: 'not known: no worker answered which queues it consumes',
        drawn: 'steps',
        decimals: 0,
        about: 'Live workers that consume each queue. Zero with messages in it is CeleryQueueWithoutWorker.',
        queries: [{ legend: inScope('{{queue}}'), expr: max(ofEach('queue'), series(queueMetrics.consumers, QUEUE)) }],
      }),
      lines({
        title: 'Processes',
        unit: 'short',
        nothing: 'not known: no worker answered which queues it consumes',
        drawn: 'steps',
        decimals: 0,
        about:
          'Pool processes of the workers that consume each queue: at most so many of its tasks run at once. ' +
          'Workers that consume several queues count in each.',
        queries: [{ legend: inScope('{{queue}}'), expr: max(ofEach('queue'), series(queueMetrics.processes, QUEUE)) }],
      }),
      lines({
        title: 'Unacknowledged',
        unit: 'short',
        nothing: 'the broker was not read',
        about:
          'Messages in the hands of workers, over all queues. A step that stays after a worker went down: they ' +
          'come back with the visibility timeout.',
        queries: [{ legend: inScope('unacked'), expr: total(SCOPE_LABELS, queueMetrics.unacked) }],
      }),
      lines({
        title: 'Delayed by the broker',
        unit: 'short',
        nothing: 'no broker delays tasks by itself',
        drawn: 'steps',
        decimals: 0,
        about:
          'Tasks with an ETA or a countdown that RabbitMQ keeps until they are due (quorum queues, Celery 5.5 and ' +
          'newer). They are in no queue length.',
        queries: [{ legend: inScope('delayed'), expr: total(SCOPE_LABELS, queueMetrics.delayed) }],
      }),
    ),
  ],
};

const workers: Section = {
  title: 'Workers',
  lines: [
    line(HEIGHT.table, workerTable(WORKER)),
    line(
      HEIGHT.graph,
      lines({
        title: 'Busy by worker',
        unit: 'percentunit',
        nothing: 'no worker has told the size of its pool',
        legend: 'table',
        max: 1,
        about:
          'Executing tasks as a part of what the pool can run at once. Some full and others idle: look at prefetch ' +
          'and at which queues they consume.',
        queries: [
          {
            legend: inScope('{{worker}}'),
            expr: ratio(
              max(ofEach('worker'), series(workerMetrics.tasksActive, WORKER)),
              max(ofEach('worker'), livePool),
            ),
          },
        ],
      }),
      lines({
        title: 'Started by worker',
        unit: 'ops',
        nothing: 'no worker started anything',
        legend: 'table',
        about: 'Executions started per second. A worker that is up with a full queue and starts nothing hangs.',
        queries: [
          {
            legend: inScope('{{worker}}'),
            expr: perSecond(ofEach('worker'), workerMetrics.tasks, { ...WORKER, state: 'started' }),
          },
        ],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Ended by worker',
        unit: 'ops',
        nothing: 'nothing failed, was retried or rejected',
        legend: 'table',
        about:
          'Failed, retried and rejected executions per second. Failures on one worker only: that host or its code ' +
          'is different from the others.',
        queries: [
          {
            legend: inScope('{{worker}} {{state}}'),
            expr: perSecond(ofEach('worker', 'state'), workerMetrics.tasks, {
              ...WORKER,
              state: re('failed|retried|rejected'),
            }),
          },
        ],
      }),
      lines({
        title: 'Exits and starts',
        unit: 'short',
        nothing: 'no worker is known',
        drawn: 'bars',
        legend: 'table',
        decimals: 0,
        about:
          'Deploys show as shutdown and start in pairs. Died means it fell silent: killed, out of memory, or its ' +
          'network went. Too many exits within 15 minutes is CeleryWorkerFlapping.',
        queries: [
          {
            legend: inScope('{{worker}} {{reason}}'),
            expr: counted(ofEach('worker', 'reason'), workerMetrics.exits, WORKER),
          },
          { legend: inScope('{{worker}} start'), expr: counted(ofEach('worker'), workerMetrics.starts, WORKER) },
        ],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Load of the hosts',
        unit: 'short',
        nothing: 'no worker has told it: heartbeats are off',
        legend: 'table',
        about:
          'Load average over one minute, as the worker reports it. To be compared with the number of CPUs of the host.',
        queries: [
          {
            legend: inScope('{{hostname}}'),
            expr: max(ofEach('hostname'), series(workerMetrics.loadAverage, { ...WORKER, period: '1m' })),
          },
        ],
      }),
      lines({
        title: 'Clock skew',
        unit: 's',
        nothing: 'no worker has told its time: heartbeats are off',
        signed: true,
        legend: 'table',
        about:
          'Clock of the worker minus clock of the exporter. Above a second, waits and ages of its tasks are wrong ' +
          'by as much: mend NTP on that host.',
        queries: [
          { legend: inScope('{{worker}}'), expr: max(ofEach('worker'), series(workerMetrics.clockSkew, WORKER)) },
        ],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Takes no tasks',
        unit: 's',
        nothing: 'not known: queues, pool or heartbeats of no worker are',
        legend: 'table',
        limit: 'worker_stalled_seconds',
        about:
          'For how long tasks have waited in a queue of the worker while it had a free process and took none. A line ' +
          'that climbs: it has stopped consuming, restart it (dashed: CeleryWorkerNotConsuming).',
        queries: [
          { legend: inScope('{{worker}}'), expr: max(ofEach('worker'), series(workerMetrics.stalled, WORKER)) },
        ],
      }),
      lines({
        title: 'Workers of one name',
        unit: 'short',
        nothing: 'no worker is known',
        drawn: 'steps',
        legend: 'table',
        decimals: 0,
        about:
          'Workers that use each name at once. More than one for long: what this page says of them is mixed, give each a ' +
          'name of its own (CeleryWorkerNameShared).',
        queries: [
          { legend: inScope('{{worker}}'), expr: max(ofEach('worker'), series(workerMetrics.instances, WORKER)) },
        ],
      }),
    ),
  ],
};

export function queuesWorkers(): Dashboard {
  return dashboard({
    uid: UIDS.queuesWorkers,
    title: 'Celery / Queues and workers',
    hours: 6,
    variables: ['queue', 'worker'],
    about: 'What waits, who takes it, and how the takers are.',
    sections: [now, queues, workers],
  });
}

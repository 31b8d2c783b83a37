// Brokers side by side: one row and one line for each, whether they are one exporter's or each has its own.
import {
  brokerMetrics,
  exporterMetrics,
  queueMetrics,
  taskMetrics,
  workerMetrics,
} from '@celery-watch/celery-protocol';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { brokerTables } from './broker-tables.js';
import { dashboard, UIDS } from './dashboard.js';
import { HEIGHT, line, type Section } from './grid.js';
import { inScope } from './panels/query.js';
import { stat } from './panels/stat.js';
import { lines } from './panels/time-series.js';
import { NEUTRAL, none, upTo } from './panels/traffic-light.js';
import { counted, max, ofEach, perSecond, quantile, SCOPE_LABELS, series, sum, total } from './promql.js';
import { ruleMetrics } from './rule-metrics.js';

/** The legend of a line that is a broker. */
const BROKER = SCOPE_LABELS.map((label) => `{{${label}}}`).join(' ');

const now: Section = {
  title: 'The chosen brokers now',
  lines: [
    line(
      HEIGHT.stat,
      stat({
        title: 'Brokers',
        unit: 'short',
        steps: NEUTRAL,
        stepsOf: { down: none() },
        nothing: 'no exporter answers',
        about:
          'Brokers that an exporter is connected to and listens at, and those that it is not (CeleryRedisConnectionFailed). ' +
          'An exporter that does not answer shows neither: look at Exporter and relay.',
        queries: [
          { legend: 'up', expr: `sum(${max(SCOPE_LABELS, series(brokerMetrics.up))})` },
          { legend: 'down', expr: `sum(1 - ${max(SCOPE_LABELS, series(brokerMetrics.up))})` },
        ],
      }),
      stat({
        title: 'Events',
        unit: 'eps',
        steps: NEUTRAL,
        nothing: 'no event ever came',
        about: 'Events read per second at all chosen brokers.',
        queries: [{ legend: 'read', expr: perSecond([], exporterMetrics.events) }],
      }),
      stat({
        title: 'Missed executions',
        unit: 'short',
        decimals: 0,
        steps: none('orange'),
        nothing: 'no worker counts',
        about:
          'Executions whose events never arrived, within the time shown above; the table says at which broker. They ' +
          'are missing in all counters of tasks.',
        queries: [{ legend: 'missed', expr: `round(${counted([], exporterMetrics.missed, {}, '$__range')})` }],
      }),
      stat({
        title: 'Not heard',
        unit: 's',
        decimals: 0,
        steps: none('orange'),
        nothing: 'never connected',
        about:
          'Time, within that shown above, in which events may have been lost: from when everything had been heard ' +
          'until the exporter listened again. The sum over brokers.',
        queries: [{ legend: 'not heard', expr: counted([], exporterMetrics.unheard, {}, '$__range') }],
      }),
      stat({
        title: 'Messages waiting',
        unit: 'short',
        steps: NEUTRAL,
        nothing: 'no queue',
        about: 'In all queues of the chosen brokers together.',
        queries: [{ legend: 'messages', expr: sum([], series(ruleMetrics.queueLength)) }],
      }),
      stat({
        title: 'Oldest poll',
        unit: 's',
        decimals: 0,
        steps: upTo(120, 60),
        nothing: 'no poller',
        about:
          'Time since the slowest background poller of any chosen broker last succeeded. Above two minutes its queue ' +
          'lengths or pool sizes are old.',
        queries: [{ legend: 'age', expr: `time() - min(${series(exporterMetrics.pollerSuccess)})` }],
      }),
    ),
  ],
};

const connection: Section = {
  title: 'Connection',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Connected',
        unit: 'short',
        nothing: 'no exporter answered in this time',
        drawn: 'steps',
        max: 1,
        decimals: 0,
        about:
          'One while an exporter is connected to the broker and listens. A gap is an exporter that did not answer, ' +
          'which says nothing of the broker.',
        queries: [{ legend: BROKER, expr: max(SCOPE_LABELS, series(brokerMetrics.up)) }],
      }),
      lines({
        title: 'Failures and reconnects',
        unit: 'short',
        nothing: 'no exporter answered in this time',
        drawn: 'bars',
        decimals: 0,
        about:
          'Connections that were lost or refused, and those that were made again. Both at once each few minutes: ' +
          'something between them cuts idle connections.',
        queries: [
          { legend: inScope('lost or refused'), expr: counted(SCOPE_LABELS, brokerMetrics.connectionFailures) },
          { legend: inScope('connected again'), expr: counted(SCOPE_LABELS, brokerMetrics.reconnects) },
        ],
      }),
      lines({
        title: 'Not heard, over time',
        unit: 's',
        nothing: 'no exporter has connected yet',
        drawn: 'bars',
        about:
          'Seconds in which events may have been lost, noted when the exporter listens again. Counters of tasks may ' +
          'lack what happened in them.',
        queries: [{ legend: BROKER, expr: counted(SCOPE_LABELS, exporterMetrics.unheard) }],
      }),
    ),
  ],
};

const events: Section = {
  title: 'Events: is everything heard?',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Events read',
        unit: 'eps',
        nothing: 'no event ever came: look at Connected',
        legend: 'table',
        about:
          'Events read per second. One broker that falls to nothing while others go on: its workers are off, or send no events.',
        queries: [{ legend: BROKER, expr: perSecond(SCOPE_LABELS, exporterMetrics.events) }],
      }),
      lines({
        title: 'P95 event lag',
        unit: 's',
        nothing: 'no event came',
        legend: 'table',
        about:
          'From the making of an event to its receipt. It should be milliseconds; one broker alone: its way here, or ' +
          'the clocks of its workers.',
        queries: [{ legend: BROKER, expr: quantile(0.95, SCOPE_LABELS, exporterMetrics.lag) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Missed',
        unit: 'short',
        nothing: 'no worker counts: nothing missed, or no heartbeats',
        drawn: 'bars',
        decimals: 0,
        about:
          'Executions that heartbeats counted and whose events never came (CeleryEventsMissed). They are missing in ' +
          'all counters of tasks.',
        queries: [{ legend: BROKER, expr: counted(SCOPE_LABELS, exporterMetrics.missed) }],
      }),
      lines({
        title: 'Refused, by reason',
        unit: 'short',
        nothing: 'nothing was refused',
        drawn: 'bars',
        decimals: 0,
        about:
          'Messages and events that could not be read. Should be nothing; the log of the exporter shows an example of ' +
          'each reason.',
        queries: [{ legend: inScope('{{reason}}'), expr: some(counted(ofEach('reason'), exporterMetrics.refused)) }],
      }),
      lines({
        title: 'Came twice, by type',
        unit: 'short',
        nothing: 'no event came twice',
        drawn: 'bars',
        decimals: 0,
        about:
          'Second events about one execution; they count nowhere else. Many: a broker that delivers again, or two ' +
          'workers of one name.',
        queries: [{ legend: inScope('{{type}}'), expr: some(counted(ofEach('type'), exporterMetrics.duplicates)) }],
      }),
    ),
  ],
};

const queues: Section = {
  title: 'Queues and consumers',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Messages waiting, over time',
        unit: 'short',
        nothing: 'no queue is known: the broker was not read, or nobody uses one',
        legend: 'table',
        about: 'Over all queues of each broker. Which queue it is, Queues and workers shows.',
        queries: [{ legend: BROKER, expr: sum(SCOPE_LABELS, series(ruleMetrics.queueLength)) }],
      }),
      lines({
        title: 'Oldest message',
        unit: 's',
        nothing: 'no age is known: no queue was read, or no head could be',
        legend: 'table',
        limit: 'queue_wait_seconds',
        about:
          'Age of the message that waits longest at the head of any queue of the broker. Dashed: the general threshold ' +
          'of HighCeleryQueueWait.',
        queries: [{ legend: BROKER, expr: max(SCOPE_LABELS, series(queueMetrics.oldestAge)) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Unacknowledged',
        unit: 'short',
        nothing: 'no broker says it',
        decimals: 0,
        about:
          'Messages that workers hold: prefetched, waiting for an ETA, or running with late acknowledgement. They are ' +
          'in no queue length.',
        queries: [{ legend: BROKER, expr: total(SCOPE_LABELS, queueMetrics.unacked) }],
      }),
      lines({
        title: 'Executions started',
        unit: 'ops',
        nothing: 'nothing started',
        about: 'Executions started per second, of all tasks of the broker.',
        queries: [{ legend: BROKER, expr: perSecond(SCOPE_LABELS, taskMetrics.tasks, { state: 'started' }) }],
      }),
      lines({
        title: 'Workers up',
        unit: 'short',
        nothing: 'no worker was heard',
        drawn: 'steps',
        decimals: 0,
        about:
          'Workers of each broker that give signs of life. A step down with messages waiting is a deploy or an outage.',
        queries: [{ legend: BROKER, expr: sum(SCOPE_LABELS, series(ruleMetrics.workerUp)) }],
      }),
    ),
  ],
};

const polls: Section = {
  title: 'Polls and clocks',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Age of the last poll',
        unit: 's',
        nothing: 'no poll has succeeded yet',
        about:
          'Time since each background poller last succeeded. A saw is usual; teeth that grow are a broker that answers ' +
          'slowly, a straight line upwards a poller that fails.',
        queries: [
          {
            legend: inScope('{{poller}}'),
            expr: `time() - ${max(ofEach('poller'), series(exporterMetrics.pollerSuccess))}`,
          },
        ],
      }),
      lines({
        title: 'Failed polls',
        unit: 'short',
        nothing: 'no exporter answered in this time',
        drawn: 'bars',
        decimals: 0,
        about: 'Failed rounds of each background poller. The log of the exporter says why.',
        queries: [{ legend: inScope('{{poller}}'), expr: counted(ofEach('poller'), exporterMetrics.pollerFailures) }],
      }),
      lines({
        title: 'Clock skew',
        unit: 's',
        signed: true,
        nothing: 'no heartbeat came',
        about:
          'Clock of the worker that is furthest off, minus clock of the exporter, of each broker; the time on the way is ' +
          'included. Above a second times of waits are wrong by that much.',
        queries: [
          { legend: inScope('ahead'), expr: max(SCOPE_LABELS, series(workerMetrics.clockSkew)) },
          { legend: inScope('behind'), expr: least(series(workerMetrics.clockSkew)) },
        ],
      }),
    ),
  ],
};

const rabbitmq: Section = {
  title: 'RabbitMQ only',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Takes no messages',
        unit: 'short',
        nothing: 'no broker says it: only RabbitMQ does',
        drawn: 'steps',
        max: 1,
        decimals: 0,
        about:
          'One while RabbitMQ is short of memory or disk and stops whoever publishes (CeleryBrokerBlocked): no task can ' +
          'be sent, and workers cannot tell what they do.',
        queries: [{ legend: BROKER, expr: max(SCOPE_LABELS, series(brokerMetrics.blocked)) }],
      }),
      lines({
        title: 'Events dropped',
        unit: 'short',
        nothing: 'no broker can tell: only RabbitMQ does',
        drawn: 'bars',
        decimals: 0,
        about:
          'Events that RabbitMQ threw away before the exporter read them, since more waited than it keeps ' +
          '(CeleryEventsDropped).',
        queries: [{ legend: BROKER, expr: counted(SCOPE_LABELS, exporterMetrics.droppedEvents) }],
      }),
      lines({
        title: 'Delayed tasks',
        unit: 'short',
        nothing: 'no broker delays: only RabbitMQ can',
        decimals: 0,
        about: 'Tasks that RabbitMQ itself keeps until they are due (native delayed delivery of quorum queues).',
        queries: [{ legend: BROKER, expr: total(SCOPE_LABELS, queueMetrics.delayed) }],
      }),
    ),
  ],
};

/** Without what was nothing: reasons and types are many, and a legend of all says nothing. */
function some(vector: string): string {
  return `${vector} > 0`;
}

function least(vector: string): string {
  return `min by (${SCOPE_LABELS.join(', ')}) (${vector})`;
}

export function brokers(): Dashboard {
  return dashboard({
    uid: UIDS.brokers,
    title: 'Celery / Brokers',
    hours: 1,
    variables: [],
    about:
      'Is each broker well heard, and which one is it? One row and one line for each. A broker is told from others by ' +
      'cluster, namespace, job and broker; one without a name has no label broker.',
    sections: [now, brokerTables, connection, events, queues, polls, rabbitmq],
  });
}

// Exporter and relay: can the numbers be believed, and do alerts reach people?
import { brokerMetrics, exporterMetrics } from '@celery-watch/celery-protocol';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { EXPORTER_UP, ofExporters, processMetrics, scrapeMetrics } from './foreign-metrics.js';
import { dashboard, UIDS } from './dashboard.js';
import { HEIGHT, line, type Section } from './grid.js';
import { MISSED_RATIO } from './overview.js';
import { inScope } from './panels/query.js';
import { lines } from './panels/time-series.js';
import { stat } from './panels/stat.js';
import { atLeast, none, UP_OR_DOWN, upTo } from './panels/traffic-light.js';
import { counted, max, perSecond, quantile, rate, series, sum, total, ofEach, SCOPE_LABELS } from './promql.js';
import { relaySections } from './relay.js';

/** Of each exporter, since it is the process that is looked at. */
const EXPORTER = '{{instance}}';

const health: Section = {
  title: 'Exporter: can the numbers be believed?',
  lines: [
    line(
      HEIGHT.stat,
      stat({
        title: 'Exporter and broker',
        unit: 'short',
        steps: atLeast(1),
        mappings: UP_OR_DOWN,
        nothing: 'unknown',
        about:
          'Whether Prometheus reaches the exporter, and the exporter the broker (CeleryExporterDown, ' +
          'CeleryRedisConnectionFailed).',
        queries: [
          { legend: 'exporter', expr: `min(${EXPORTER_UP})` },
          { legend: 'broker', expr: `min(${series(brokerMetrics.up)})` },
        ],
      }),
      stat({
        title: 'Missed events',
        unit: 'percentunit',
        decimals: 1,
        limit: 'missed_ratio',
        nothing: 'nothing started',
        about:
          'Part of the executions of the last 10 minutes whose events never arrived (CeleryEventsMissed). Usual ' +
          'causes: the broker threw away what a slow exporter had not read, or send_events=False.',
        queries: [{ legend: 'missed', expr: MISSED_RATIO }],
      }),
      stat({
        title: 'Refused',
        unit: 'short',
        decimals: 0,
        steps: none('orange'),
        nothing: 'unknown',
        about:
          'Messages and events that could not be read, within the time shown above. Any: something else publishes on the event channel, or a ' +
          'Celery that this exporter does not know.',
        queries: [{ legend: 'refused', expr: `round(${counted([], exporterMetrics.refused, {}, '$__range')})` }],
      }),
      stat({
        title: 'Oldest poll',
        unit: 's',
        decimals: 0,
        steps: upTo(120, 60),
        nothing: 'no poller',
        about:
          'Time since the slowest background poller last succeeded; usually below 15 s for queues and 30 s for ' +
          'workers. Above two minutes queue lengths and pool sizes are old.',
        queries: [{ legend: 'age', expr: `time() - min(${series(exporterMetrics.pollerSuccess)})` }],
      }),
      stat({
        title: 'P95 event lag',
        unit: 's',
        steps: upTo(5, 1),
        nothing: 'no events',
        about:
          'From the making of an event to its receipt, over the time shown above. Above a second: the exporter or the broker ' +
          'cannot keep up, or clocks differ.',
        queries: [{ legend: 'P95', expr: quantile(0.95, [], exporterMetrics.lag, {}, '$__range') }],
      }),
      stat({
        title: 'Forgotten',
        unit: 'short',
        decimals: 0,
        steps: none('orange'),
        nothing: 'unknown',
        about:
          'Tasks put out of the full table before their end was seen, within the time shown above: raise max_tasks. Their later events count ' +
          'with unknown names.',
        queries: [{ legend: 'evicted', expr: `round(${counted([], exporterMetrics.evicted, {}, '$__range')})` }],
      }),
    ),
  ],
};

const events: Section = {
  title: 'Exporter: events',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Events by type',
        unit: 'eps',
        nothing: 'no event ever came: look at Exporter and broker',
        legend: 'table',
        about:
          'Events read per second. Heartbeats alone, without task events, mean that task events are off ' +
          '(CeleryExporterBlind).',
        queries: [{ legend: '{{type}}', expr: perSecond(['type'], exporterMetrics.events) }],
      }),
      lines({
        title: 'Event lag',
        unit: 's',
        nothing: 'no event came',
        colors: { P50: 'green', P95: 'orange', P99: 'red' },
        about:
          'From the making of an event to its receipt, by quantiles. It should be milliseconds; skewed clocks of ' +
          'workers show here too.',
        queries: [0.5, 0.95, 0.99].map((q) => ({
          legend: `P${Math.round(q * 100)}`,
          expr: quantile(q, [], exporterMetrics.lag),
        })),
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Refused by reason',
        unit: 'eps',
        nothing: 'nothing was refused',
        about:
          'Messages and events that could not be read, per second. Should be zero; the log of the exporter shows ' +
          'an example of each reason.',
        queries: [{ legend: '{{reason}}', expr: perSecond(['reason'], exporterMetrics.refused) }],
      }),
      lines({
        title: 'Missed by worker',
        unit: 'short',
        nothing: 'no worker counts: nothing missed, or no heartbeats',
        drawn: 'bars',
        decimals: 0,
        about:
          "Executions that the worker's heartbeats counted and whose events never came. These are missing in all " +
          'counters of tasks.',
        queries: [{ legend: inScope('{{worker}}'), expr: counted(ofEach('worker'), exporterMetrics.missed) }],
      }),
      lines({
        title: 'Duplicates by type',
        unit: 'eps',
        nothing: 'no event came twice',
        about:
          'Second events about one execution, per second; they count nowhere else. A few are usual, Celery sends ' +
          'task-failed twice when a process dies.',
        queries: [{ legend: '{{type}}', expr: perSecond(['type'], exporterMetrics.duplicates) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Dropped by the broker',
        unit: 'short',
        nothing: 'no broker can tell',
        drawn: 'bars',
        decimals: 0,
        about:
          'Events that RabbitMQ threw away before the exporter read them, since more waited than it keeps ' +
          '(CeleryEventsDropped). What they told is missing in all counters.',
        queries: [{ legend: inScope('dropped'), expr: counted(SCOPE_LABELS, exporterMetrics.droppedEvents) }],
      }),
      lines({
        title: 'Broker takes no messages',
        unit: 'short',
        nothing: 'no broker says it',
        drawn: 'steps',
        max: 1,
        decimals: 0,
        about:
          'One while RabbitMQ is short of memory or disk and stops whoever publishes (CeleryBrokerBlocked): no task ' +
          'can be sent, and workers cannot tell what they do.',
        queries: [{ legend: inScope('blocked'), expr: max(SCOPE_LABELS, series(brokerMetrics.blocked)) }],
      }),
    ),
  ],
};

const memory: Section = {
  title: 'Exporter: what it remembers and asks',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Tasks followed',
        unit: 'short',
        nothing: 'no exporter answered in this time',
        drawn: 'stacked',
        about:
          'Tasks in the table. Waiting grows with a backlog whose senders say task-sent; near max_tasks (500,000 ' +
          'unless set) the oldest are forgotten.',
        queries: [{ legend: '{{state}}', expr: total(['state'], exporterMetrics.tracked) }],
      }),
      lines({
        title: 'Evicted and expired',
        unit: 'short',
        nothing: 'no exporter answered in this time',
        drawn: 'bars',
        decimals: 0,
        about:
          'Evicted: the table was full, raise max_tasks. Expired: nothing was heard for task_ttl; such tasks were ' +
          'dropped or purged somewhere.',
        queries: [
          { legend: 'evicted {{state}}', expr: counted(['state'], exporterMetrics.evicted) },
          { legend: 'expired {{state}}', expr: counted(['state'], exporterMetrics.expired) },
        ],
      }),
      lines({
        title: 'Label sets over the cap',
        unit: 'eps',
        nothing: 'no label set was over the cap',
        about:
          'Sightings of tasks, queues or workers that found no room under max_series and count under "other". ' +
          'Should be empty; task names with ids in them fill it.',
        queries: [{ legend: '{{metric}}', expr: perSecond(['metric'], exporterMetrics.droppedSeries) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'How queues were learnt',
        unit: 'eps',
        nothing: 'no task was received',
        about:
          'Events name no queue except task-sent. Many "unknown": set task_send_sent_event in the senders, or give ' +
          'each worker one queue.',
        queries: [{ legend: '{{rule}}', expr: perSecond(['rule'], exporterMetrics.queueRules) }],
      }),
      lines({
        title: 'Age of the last poll',
        unit: 's',
        nothing: 'no poll has succeeded yet',
        about:
          'Time since each background poller last succeeded. A saw is usual; a straight line upwards is a poller ' +
          'that fails.',
        queries: [
          {
            legend: inScope('{{poller}}'),
            expr: `time() - ${max(ofEach('poller'), series(exporterMetrics.pollerSuccess))}`,
          },
        ],
      }),
      lines({
        title: 'Failures of polls and connection',
        unit: 'short',
        nothing: 'no exporter answered in this time',
        drawn: 'bars',
        decimals: 0,
        about:
          'Failed rounds of the pollers, failed attempts to connect, and connections made again after one was ' +
          'lost. What was missed meanwhile shows in missed events.',
        queries: [
          { legend: inScope('poll {{poller}}'), expr: counted(ofEach('poller'), exporterMetrics.pollerFailures) },
          {
            legend: inScope('connection lost or refused'),
            expr: counted(SCOPE_LABELS, brokerMetrics.connectionFailures),
          },
          { legend: inScope('connected again'), expr: counted(SCOPE_LABELS, brokerMetrics.reconnects) },
        ],
      }),
    ),
  ],
};

const process: Section = {
  title: 'Exporter: the process',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'CPU',
        unit: 'percentunit',
        nothing: 'no exporter answered in this time',
        about: 'Part of one CPU. The exporter uses at most one; the production compose file gives it half of one.',
        queries: [{ legend: EXPORTER, expr: sum(['instance'], ofExporters(rate(series(processMetrics.cpu)))) }],
      }),
      lines({
        title: 'Memory',
        unit: 'bytes',
        nothing: 'no exporter answered in this time',
        about:
          'Resident memory and JavaScript heap. Bounded by max_tasks and max_series; containers and units allow 256 MB.',
        queries: [
          { legend: `${EXPORTER} resident`, expr: max(['instance'], ofExporters(series(processMetrics.memory))) },
          { legend: `${EXPORTER} heap`, expr: max(['instance'], ofExporters(series(processMetrics.heap))) },
        ],
      }),
      lines({
        title: 'Event loop',
        unit: 's',
        nothing: 'no exporter answered in this time',
        about:
          'How late timers run. The resolution is 10 ms, which is what an idle process shows; well above 100 ms ' +
          'the exporter is overloaded and events pile up.',
        queries: [
          { legend: `${EXPORTER} mean`, expr: max(['instance'], ofExporters(series(processMetrics.eventLoopMean))) },
          { legend: `${EXPORTER} P99`, expr: max(['instance'], ofExporters(series(processMetrics.eventLoopP99))) },
        ],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Scrapes',
        unit: 's',
        nothing: 'no exporter answered in this time',
        about:
          'Time that Prometheus needs to read the page: milliseconds. It grows with the number of series, next to it.',
        queries: [{ legend: EXPORTER, expr: max(['instance'], ofExporters(series(scrapeMetrics.duration))) }],
      }),
      lines({
        title: 'Samples on the page',
        unit: 'short',
        nothing: 'no exporter answered in this time',
        about:
          'About 65 for each task name and queue. A steady rise: names or queues that never repeat; the cap is ' +
          'max_series.',
        queries: [{ legend: EXPORTER, expr: max(['instance'], ofExporters(series(scrapeMetrics.samples))) }],
      }),
      lines({
        title: 'Uptime',
        unit: 's',
        nothing: 'no exporter answered in this time',
        about:
          'Since the start of the exporter. Teeth are restarts: counters begin anew, and what happened in between ' +
          'is not counted.',
        queries: [
          { legend: EXPORTER, expr: `time() - ${max(['instance'], ofExporters(series(processMetrics.started)))}` },
        ],
      }),
    ),
  ],
};

export function exporterRelay(): Dashboard {
  return dashboard({
    uid: UIDS.exporterRelay,
    title: 'Celery / Exporter and relay',
    hours: 6,
    variables: ['relay'],
    about: 'Can the numbers be believed, and do alerts reach people?',
    relay: true,
    sections: [health, events, memory, process, ...relaySections],
  });
}

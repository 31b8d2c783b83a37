// The table with one row for each broker.
import { brokerMetrics, exporterMetrics, queueMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import { UIDS } from './dashboard.js';
import { HEIGHT, line, type Section } from './grid.js';
import { scopeColumns, table } from './panels/table.js';
import { none, UP_OR_DOWN, upTo } from './panels/traffic-light.js';
import { counted, max, ofEach, perSecond, quantile, raw, SCOPE_LABELS, series, sum, total } from './promql.js';
import { ruleMetrics } from './rule-metrics.js';

const SHOWN = '$__range';
const missed = sum(SCOPE_LABELS, series(ruleMetrics.missed));
const started = sum(SCOPE_LABELS, series(ruleMetrics.workerStarted));

export const brokerTables: Section = {
  title: 'Which broker is it?',
  lines: [
    line(
      HEIGHT.rows,
      table({
        title: 'Health of each broker',
        about:
          'One row for each broker; a click on one of its labels leads to it alone. Missed: part of the executions of ' +
          'the last 10 minutes whose events never came. Reconnects, not heard and refused: over the time shown above.',
        nothing: '-',
        labels: scopeColumns(UIDS.brokers),
        values: [
          {
            title: 'State',
            expr: max(SCOPE_LABELS, series(brokerMetrics.up)),
            unit: 'short',
            mappings: UP_OR_DOWN,
            width: 80,
          },
          { title: 'Events /s', expr: perSecond(SCOPE_LABELS, exporterMetrics.events, {}, SHOWN), unit: 'eps' },
          {
            title: 'Missed',
            unit: 'percentunit',
            decimals: 1,
            limit: 'missed_ratio',
            expr: `${missed} / ((${missed} + ${started}) > 0)`,
          },
          {
            title: 'P95 lag',
            unit: 's',
            steps: upTo(5, 1),
            expr: quantile(0.95, SCOPE_LABELS, exporterMetrics.lag, {}, SHOWN),
          },
          {
            title: 'Refused',
            unit: 'short',
            decimals: 0,
            steps: none('orange'),
            expr: `round(${counted(SCOPE_LABELS, exporterMetrics.refused, {}, SHOWN)})`,
          },
          {
            title: 'Reconnects',
            unit: 'short',
            decimals: 0,
            steps: none('orange'),
            expr: `round(${counted(SCOPE_LABELS, brokerMetrics.reconnects, {}, SHOWN)})`,
          },
          {
            title: 'Not heard',
            unit: 's',
            decimals: 0,
            steps: none('orange'),
            expr: counted(SCOPE_LABELS, exporterMetrics.unheard, {}, SHOWN),
          },
          {
            title: 'Oldest poll',
            unit: 's',
            decimals: 0,
            steps: upTo(120, 60),
            expr: `time() - min by (${SCOPE_LABELS.join(', ')}) (${max(ofEach('poller'), series(exporterMetrics.pollerSuccess))})`,
          },
        ],
        sortBy: { title: 'State', descending: false },
      }),
    ),
    line(
      HEIGHT.rows,
      table({
        title: 'Load of each broker',
        about:
          'What waits and who works, by broker. Unacknowledged is empty where the broker does not say it. Clock skew: ' +
          'of the worker that is furthest ahead or behind.',
        nothing: '-',
        labels: scopeColumns(UIDS.queuesWorkers),
        values: [
          { title: 'Waiting', expr: sum(SCOPE_LABELS, series(ruleMetrics.queueLength)), unit: 'short' },
          {
            title: 'Oldest',
            expr: max(SCOPE_LABELS, series(queueMetrics.oldestAge)),
            unit: 's',
            decimals: 0,
            limit: 'queue_wait_seconds',
          },
          { title: 'Unacked', expr: total(SCOPE_LABELS, queueMetrics.unacked), unit: 'short' },
          {
            title: 'Queues',
            expr: raw(`count by (${SCOPE_LABELS.join(', ')}) (${series(ruleMetrics.queueLength)})`),
            unit: 'short',
          },
          {
            title: 'Unconsumed',
            expr:
              `sum by (${SCOPE_LABELS.join(', ')}) (` +
              `${max(ofEach('queue'), series(queueMetrics.consumers))} == bool 0)`,
            unit: 'short',
            decimals: 0,
            steps: none('orange'),
          },
          { title: 'Workers', expr: sum(SCOPE_LABELS, series(ruleMetrics.workerUp)), unit: 'short' },
          { title: 'Active', expr: total(SCOPE_LABELS, workerMetrics.tasksActive), unit: 'short' },
          { title: 'Can run', expr: total(SCOPE_LABELS, workerMetrics.poolProcesses), unit: 'short' },
          {
            title: 'Clock skew',
            expr: raw(`max by (${SCOPE_LABELS.join(', ')}) (abs(${series(workerMetrics.clockSkew)}))`),
            unit: 's',
            steps: upTo(5, 1),
          },
        ],
        sortBy: { title: 'Waiting', descending: true },
      }),
    ),
  ],
};

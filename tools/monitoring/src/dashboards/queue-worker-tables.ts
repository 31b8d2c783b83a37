// Tables with one row for each queue and for each worker.
import { queueMetrics, workerMetrics } from '@celery-watch/celery-protocol';
import { UIDS } from './dashboard.js';
import type { Placeable } from './panels/query.js';
import { scopeColumns, table } from './panels/table.js';
import { atLeast, ON_OR_OFF, UP_OR_DOWN } from './panels/traffic-light.js';
import { known, type Match, max, perSecond, series, sum, ofEach } from './promql.js';
import { ruleMetrics } from './rule-metrics.js';

export function queueTable(queue: Match<'queue'>): Placeable {
  const length = sum(ofEach('queue'), series(ruleMetrics.queueLength, queue));
  return table({
    title: 'Queues',
    about:
      'Each queue now. Red length, age or wait: the general thresholds of the alerts; no consumers is red, though ' +
      'it only matters while messages wait.',
    nothing: '-',
    labels: [
      { label: 'queue', title: 'Queue', details: { uid: UIDS.tasks, variable: 'queue' } },
      ...scopeColumns(UIDS.queuesWorkers),
    ],
    values: [
      { title: 'Length', expr: length, unit: 'short', limit: 'queue_length' },
      {
        title: 'Oldest',
        expr: max(ofEach('queue'), series(queueMetrics.oldestAge, queue)),
        unit: 's',
        decimals: 0,
        limit: 'queue_wait_seconds',
      },
      {
        title: 'P95 wait',
        expr: max(ofEach('queue'), known(series(ruleMetrics.queueWaitP95, queue))),
        unit: 's',
        limit: 'queue_wait_seconds',
      },
      {
        title: 'Consumers',
        expr: max(ofEach('queue'), series(queueMetrics.consumers, queue)),
        unit: 'short',
        steps: atLeast(1),
      },
      { title: 'Processes', expr: max(ofEach('queue'), series(queueMetrics.processes, queue)), unit: 'short' },
      // Without the names that are no queues, `unknown` and `other`.
      {
        title: 'Started /s',
        expr: `${sum(ofEach('queue'), series(ruleMetrics.tasksRate, { ...queue, state: 'started' }))} and ${length}`,
        unit: 'ops',
      },
    ],
    sortBy: { title: 'Length', descending: true },
  });
}

export function workerTable(worker: Match<'worker'>): Placeable {
  const of = ofEach('worker');
  return table({
    title: 'Workers',
    about:
      'Each worker now. A worker that is down stays for the worker TTL (15 minutes). Events off: its tasks are not ' +
      'counted (CeleryExporterBlind). ' +
      'Different versions side by side: a deploy that did not reach all.',
    nothing: '-',
    labels: [
      { label: 'worker', title: 'Worker', details: { uid: UIDS.queuesWorkers, variable: 'worker' } },
      ...scopeColumns(UIDS.queuesWorkers),
      { label: 'sw_ver', title: 'Celery', width: 90 },
      { label: 'pool', title: 'Pool', width: 120 },
    ],
    values: [
      {
        title: 'State',
        expr: max(of, series(ruleMetrics.workerUp, worker)),
        unit: 'short',
        mappings: UP_OR_DOWN,
        width: 80,
      },
      { title: 'Active', expr: max(of, series(workerMetrics.tasksActive, worker)), unit: 'short', width: 80 },
      { title: 'Can run', expr: max(of, series(workerMetrics.poolProcesses, worker)), unit: 'short', width: 80 },
      { title: 'Processed /s', expr: perSecond(of, workerMetrics.tasksProcessed, worker), unit: 'ops' },
      {
        title: 'Load 1m',
        expr: max(of, series(workerMetrics.loadAverage, { ...worker, period: '1m' })),
        unit: 'short',
        decimals: 2,
      },
      { title: 'Clock skew', expr: max(of, series(workerMetrics.clockSkew, worker)), unit: 's' },
      {
        title: 'Last heard of',
        expr: `time() - ${max(of, series(workerMetrics.lastHeartbeat, worker))}`,
        unit: 's',
        decimals: 0,
      },
      {
        title: 'Takes nothing for',
        expr: max(of, series(workerMetrics.stalled, worker)),
        unit: 's',
        decimals: 0,
        limit: 'worker_stalled_seconds',
      },
      {
        title: 'Events',
        expr: max(of, series(workerMetrics.taskEvents, worker)),
        unit: 'short',
        mappings: ON_OR_OFF,
        width: 80,
      },
      {
        title: 'Info',
        expr: max(ofEach('worker', 'sw_ver', 'pool'), series(workerMetrics.info, worker)),
        unit: 'short',
        hidden: true,
      },
    ],
    sortBy: { title: 'State', descending: false },
  });
}

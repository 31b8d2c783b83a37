// What the rule file adds to the catalogue: recorded series, as entries of the same kind, and the alerts as series.
import { metric, type MetricEntry } from '@celery-watch/celery-protocol';
import { CHOSEN_OR_WHOLE, type Expr, type Match, raw, SCOPE_LABELS, select } from './promql.js';

export const ruleMetrics = {
  tasksRate: metric('gauge', 'celery:tasks:rate5m', 'Task events per second, over 5 minutes.', [
    'name',
    'queue',
    'state',
  ]),
  finishedRate: metric(
    'gauge',
    'celery:task_finished:rate5m',
    'Executions per second that succeeded or failed, over 5 minutes.',
    ['name'],
  ),
  durationP95: metric('gauge', 'celery:task_duration_seconds:p95_10m', 'P95 of the run time over 10 minutes.', [
    'name',
  ]),
  queueWaitP95: metric('gauge', 'celery:queue_wait_seconds:p95_10m', 'P95 of the wait in the queue over 10 minutes.', [
    'queue',
  ]),
  workerUp: metric('gauge', 'celery:worker_up', 'Whether the worker gives signs of life.', ['worker', 'hostname']),
  missed: metric(
    'gauge',
    'celery:events_missed:increase10m',
    'Executions whose events never arrived, over 10 minutes.',
    ['worker'],
  ),
  workerStarted: metric('gauge', 'celery:worker_started:increase10m', 'Executions started, over 10 minutes.', [
    'worker',
  ]),
  lost: metric('gauge', 'celery:tasks_lost:increase15m', 'Executions lost with their worker, over 15 minutes.', [
    'name',
  ]),
  queueLength: metric('gauge', 'celery:queue_length', 'Messages waiting in the queue.', ['queue']),
  successPause: metric('gauge', 'celery:task_success_pause_seconds', 'Time since the last success.', ['name']),
  usualPause: metric(
    'gauge',
    'celery:task_success_pause_seconds:usual',
    'Longest time without a success that was normal.',
    ['name'],
  ),
} as const satisfies Readonly<Record<string, MetricEntry>>;

/** Labels that tell one firing alert from another. */
export const ALERT_LABELS = [
  ...(['alertname', 'severity', 'name', 'queue', 'worker', 'channel'] as const),
  ...SCOPE_LABELS,
] as const;
type AlertLabel = (typeof ALERT_LABELS)[number];

/** Firing alerts on Celery in the chosen jobs, and on the relay; of those that name a task, Celery's alone. */
export function firingAlerts(severity?: 'critical' | 'warning', of: Match<'name'> = {}): Expr<AlertLabel> {
  const more = { ...of, ...(severity === undefined ? {} : { severity }) };
  const firing = (match: Match<string>): Expr<string> => select('ALERTS', { alertstate: 'firing', ...match, ...more });
  const ofCelery = firing({ component: 'celery', ...CHOSEN_OR_WHOLE });
  return raw(of.name === undefined ? `(${ofCelery} or ${firing({ component: 'alert-relay' })})` : ofCelery);
}

/** Unix time at which each firing alert began to be true. */
export function alertsSince(of: Match<'name'> = {}): Expr<AlertLabel> {
  return raw(
    `(ALERTS_FOR_STATE{component=~"celery|alert-relay"} and ignoring (alertstate) ${firingAlerts(undefined, of)})`,
  );
}

/** Series that must stand in monitoring/alert_rules.yml. */
export const RECORDED: readonly string[] = Object.values(ruleMetrics).map(({ name }) => name);

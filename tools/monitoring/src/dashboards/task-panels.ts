// What the page of all tasks and the page of one show alike. `chosen`: what the head of the page chose.
import { type MetricEntry, taskMetrics } from '@celery-watch/celery-protocol';
import { heat } from './panels/heatmap.js';
import type { Query } from './panels/query.js';
import { lines } from './panels/time-series.js';
import { distribution, type Expr, type Match, quantile, re, series, sum } from './promql.js';
import { ruleMetrics } from './rule-metrics.js';

export const QUANTILE_COLORS = { P50: 'green', P95: 'orange', P99: 'red' };

/** Windows as the alerts have them. */
export function eventRate(state: string, chosen: Match<'name' | 'queue'>): Expr<never> {
  return sum([], series(ruleMetrics.tasksRate, { ...chosen, state: re(state) }));
}

export function quantiles(histogram: MetricEntry<'name' | 'queue'>, chosen: Match<'name' | 'queue'>): Query[] {
  return [0.5, 0.95, 0.99].map((q) => ({
    legend: `P${Math.round(q * 100)}`,
    expr: quantile(q, [], histogram, chosen),
  }));
}

export function runTimeDistribution(chosen: Match<'name' | 'queue'>): ReturnType<typeof heat> {
  return heat({
    title: 'Run time, distribution',
    unit: 's',
    nothing: 'nothing finished',
    about:
      'How many executions took how long. Two bands are two kinds of work; a band that climbs is something that ' +
      'gets slower.',
    queries: [{ legend: '{{le}}', expr: distribution(taskMetrics.duration, chosen) }],
  });
}

export function prefetchWait(chosen: Match<'name' | 'queue'>): ReturnType<typeof lines> {
  return lines({
    title: 'Prefetch wait',
    unit: 's',
    nothing: 'nothing started',
    colors: QUANTILE_COLORS,
    about:
      'From received (or ETA) to started: the part of the wait inside the worker. High while other workers are ' +
      'idle: lower worker_prefetch_multiplier.',
    queries: quantiles(taskMetrics.prefetchWait, chosen),
  });
}

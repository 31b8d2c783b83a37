// Metrics that are not ours: what Prometheus notes of each scrape, and what prom-client says of a Node.js process.
import { exporterMetrics, metric, type MetricEntry, relayMetrics } from '@celery-watch/celery-protocol';
import {
  CHOSEN_EXPORTERS,
  EXPORTER_KEY,
  EXPORTER_LABELS,
  type Expr,
  type Match,
  max,
  raw,
  re,
  select,
  series,
  type Target,
} from './promql.js';

export const scrapeMetrics = {
  duration: metric('gauge', 'scrape_duration_seconds', 'Time that the scrape took.', []),
  samples: metric('gauge', 'scrape_samples_scraped', 'Samples on the page.', []),
} as const satisfies Readonly<Record<string, MetricEntry>>;

export const processMetrics = {
  cpu: metric('counter', 'process_cpu_seconds_total', 'CPU time, user and system.', []),
  memory: metric('gauge', 'process_resident_memory_bytes', 'Resident memory.', []),
  heap: metric('gauge', 'nodejs_heap_size_used_bytes', 'JavaScript heap in use.', []),
  eventLoopMean: metric(
    'gauge',
    'nodejs_eventloop_lag_mean_seconds',
    'Mean delay of the event loop since the last scrape.',
    [],
  ),
  eventLoopP99: metric(
    'gauge',
    'nodejs_eventloop_lag_p99_seconds',
    'P99 of the delay of the event loop since the last scrape.',
    [],
  ),
  started: metric('gauge', 'process_start_time_seconds', 'Unix time of the start.', []),
} as const satisfies Readonly<Record<string, MetricEntry>>;

/** Whether each exporter answers; the rule file says which targets are exporters. */
export const EXPORTER_UP: Expr<Target> = select('celery:exporter_up', CHOSEN_EXPORTERS);

/** Choice of the relay's jobs for a metric that is not the relay's own. */
export const RELAY: Match<Target> = { job: re('$relay') };

/** Whether each relay answers. */
export const RELAY_UP: Expr<Target> = raw(
  `((${select('up', RELAY)} and on (${EXPORTER_KEY}) last_over_time(${series(relayMetrics.accepted)}[$__range])) or ` +
    `(up{job="alert-relay"} and ${select('up', RELAY)}))`,
);

/** A foreign metric of the exporters only, however many other jobs are scraped. */
export function ofExporters(vector: Expr<Target>): Expr<Target> {
  return raw(`(${vector} and on (${EXPORTER_KEY}) ${series(exporterMetrics.buildInfo)})`);
}

/** A foreign metric of the relays only. */
export function ofRelays(vector: Expr<Target>): Expr<Target> {
  return raw(`(${vector} and on (${EXPORTER_KEY}) ${max(EXPORTER_LABELS, series(relayMetrics.accepted))})`);
}

// Whether a consumer has counted exactly what was sent.
import { type Scrape, scrape } from '@celery-watch/testbed';
import type { Consumer } from '../consumers/consumer.js';
import type { Sent } from '../load/session.js';

type Counts = Readonly<Record<string, number>>;

/** Sent less counted, over all types that were sent; a type that was counted too often shows in `differences`. */
export interface Loss {
  readonly lost: number;
  readonly differences: readonly string[];
}

/** `types`: only these are compared, for a consumer that does not count the others. */
export function loss(sent: Counts, counted: Counts, isCounted: (type: string) => boolean = () => true): Loss {
  const types = [...new Set([...Object.keys(sent), ...Object.keys(counted)])].filter(isCounted);
  const differences = types
    .filter((type) => (sent[type] ?? 0) !== (counted[type] ?? 0))
    .map((type) => `${type}: sent ${String(sent[type] ?? 0)}, counted ${String(counted[type] ?? 0)}`);
  const lost = types.reduce((total, type) => total + Math.max(0, (sent[type] ?? 0) - (counted[type] ?? 0)), 0);
  return { lost, differences };
}

/**
 * All that our exporter must say of a stream that it has read to the end: events, task states, and that nothing was
 * amiss.
 */
export async function exporterFaults(exporter: Consumer, sent: Sent): Promise<string[]> {
  if (exporter.metricsUrl === undefined) throw new Error(`${exporter.name} has no page`);
  const page = await scrape(exporter.metricsUrl);
  const { differences } = loss(sent.counts, sumBy(page, 'celery_exporter_events_total', 'type'));
  const states = Object.fromEntries(
    Object.entries(sent.counts)
      .filter(([type]) => type.startsWith('task-'))
      .map(([type, count]) => [type.slice('task-'.length), count]),
  );
  const byState = loss(states, sumBy(page, 'celery_tasks_total', 'state'));
  const amiss = [
    'celery_exporter_events_refused_total',
    'celery_exporter_events_duplicate_total',
    'celery_exporter_events_missed_total',
    'celery_exporter_dropped_series_total',
  ]
    .map((name) => ({ name, value: page.sum(name) }))
    .filter(({ value }) => value !== 0);
  const faults = [
    ...differences.map((each) => `celery_exporter_events_total ${each}`),
    ...byState.differences.map((each) => `celery_tasks_total ${each}`),
    ...amiss.map(({ name, value }) => `${name} is ${String(value)}, not 0`),
  ];
  if (sent.strays > 0) faults.push(`${String(sent.strays)} messages reached no subscriber or several`);
  return faults;
}

export function sumBy(page: Scrape, name: string, label: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { labels, value } of page.series(name)) {
    const key = labels[label] ?? '';
    sums[key] = (sums[key] ?? 0) + value;
  }
  return sums;
}

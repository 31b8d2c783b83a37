// Refuses a catalogue entry that cannot be written as valid text, and says which sample names an entry takes for
// itself.
import type { MetricEntry, MetricType } from '@celery-watch/celery-protocol';
import { areBounds } from './histogram-value.js';
import { openMetricsName } from './sample-writer.js';

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
/** Names that begin with two underscores belong to Prometheus. */
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Throws a TypeError that names the metric unless the entry is of the type that a family is made for. */
export function expectType(entry: MetricEntry, type: MetricType): void {
  if (entry.type !== type) throw new TypeError(`${entry.name} is a ${entry.type} in the catalogue, not a ${type}`);
}

/** Throws an Error that names the metric if its name, a label name or a histogram's bounds are not valid. */
export function checkEntry(entry: MetricEntry): void {
  const problem = problemOf(entry);
  if (problem) throw new Error(`metric ${JSON.stringify(entry.name)}: ${problem}`);
}

/**
 * The names that no other family may use: in OpenMetrics `x_total` is the family `x` with the samples `x_total` and
 * `x_created`, so a gauge `x` beside it makes a page that Prometheus refuses.
 */
export function takenNames(entry: MetricEntry): readonly string[] {
  const base = openMetricsName(entry);
  switch (entry.type) {
    case 'gauge':
      return [base];
    case 'counter':
      return [entry.name, base, `${base}_created`];
    case 'histogram':
      return [base, `${base}_bucket`, `${base}_sum`, `${base}_count`, `${base}_created`];
  }
}

function problemOf({ name, type, labels, buckets }: MetricEntry): string | undefined {
  if (!METRIC_NAME.test(name)) return 'this is not a metric name';
  if (type === 'counter' && !name.endsWith('_total')) return 'the name of a counter ends in _total';
  const badLabel = labels.find((label) => !LABEL_NAME.test(label));
  if (badLabel !== undefined) return `${JSON.stringify(badLabel)} is not a label name`;
  if (new Set(labels).size < labels.length) return `a label name stands twice in ${labels.join(', ')}`;
  if (type !== 'histogram') return undefined;
  if (labels.includes('le')) return 'the label le belongs to the buckets';
  if (!buckets || !areBounds(buckets))
    return `bounds must be finite and ascending, not [${(buckets ?? []).join(', ')}]`;
  return undefined;
}

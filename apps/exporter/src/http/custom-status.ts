// What the landing page tells of the metrics of the user's own: what each waits for, what came last, what was not
// counted, and which events nobody counts.
import type { CustomSeries } from '../tracking/custom/custom-series.js';
import type { SkipReason } from '../tracking/custom/custom-metric.js';
import type { Model } from '../tracking/model.js';

export interface CustomMetricStatus {
  readonly name: string;
  readonly type: string;
  /** Types of events that feed it. */
  readonly events: readonly string[];
  readonly counted: number;
  readonly series: number;
  /** Seconds since such an event came; undefined where none did. */
  readonly silence: number | undefined;
  readonly last: { readonly value: number; readonly labels: readonly (readonly [string, string])[] } | undefined;
  readonly skipped: readonly (readonly [reason: SkipReason, count: number])[];
  /** The last event that was not counted, and the fields that it had. */
  readonly lastSkip: { readonly event: string; readonly fields: readonly string[] } | undefined;
  /** Where its value comes from: fields, or numbers. */
  readonly values: readonly string[];
  /** Fields of labels that no event has had so far. */
  readonly unseenFields: readonly string[];
}

export interface CustomStatus {
  readonly metrics: readonly CustomMetricStatus[];
  /** Types of events that no metric waits for. */
  readonly uncounted: readonly (readonly [type: string, count: number])[];
  /** Events of further such types. */
  readonly uncountedOthers: number;
}

export function customStatus({ customMetrics }: Model, now: number): CustomStatus {
  return {
    metrics: customMetrics.metrics.map((series) => metricStatus(series, now)),
    uncounted: [...customMetrics.uncounted],
    uncountedOthers: customMetrics.uncountedOthers,
  };
}

function metricStatus(series: CustomSeries, now: number): CustomMetricStatus {
  const { metric, counted, heardAt, last, skipped, lastSkip, fieldsSeen, size } = series;
  const { entry, feeds } = metric;
  const fields = feeds.flatMap(({ labels }) => labels.flatMap((each) => (each.kind === 'field' ? [each.field] : [])));
  return {
    name: entry.name,
    type: entry.type,
    events: [...new Set(feeds.map(({ event }) => event))],
    counted,
    series: size,
    silence: heardAt === undefined ? undefined : Math.max(0, now - heardAt),
    last: last && { value: last.value, labels: entry.labels.map((label, i) => [label, last.labels[i] ?? ''] as const) },
    skipped: [...skipped],
    lastSkip: lastSkip && { event: lastSkip.event, fields: lastSkip.fields },
    values: [...new Set(feeds.map(({ value }) => String(value)))],
    unseenFields: counted === 0 ? [] : [...new Set(fields)].filter((field) => !fieldsSeen.has(field)),
  };
}

// What the tests of custom metrics share: metrics made of few words, and the samples that a model shows of them.
import type { MetricType } from '@celery-watch/celery-protocol';
import type { Stage } from '../testing.js';
import type { CustomMetric, LabelSource } from './custom-metric.js';

export interface Wish extends Partial<Omit<CustomMetric, 'entry' | 'feeds'>> {
  readonly name?: string;
  readonly event?: string;
  readonly value?: string | number;
  /** `field`, `$task` or `=text` by label. */
  readonly labels?: Readonly<Record<string, string>>;
}

/** A metric that takes the field n of the event `told`. */
export function metric(type: MetricType, wish: Wish = {}): CustomMetric {
  const { name = type === 'counter' ? 'mine_total' : 'mine', event = 'told', value = 'n', labels = {}, ...rest } = wish;
  return {
    entry: {
      name,
      type,
      help: 'Mine.',
      labels: Object.keys(labels),
      ...(type === 'histogram' && { buckets: [1, 10] }),
    },
    feeds: [{ event, value, labels: Object.values(labels).map(sourceOf) }],
    combine: 'last',
    maxSeries: 100,
    ttl: 3600,
    ...rest,
  };
}

function sourceOf(text: string): LabelSource {
  if (text.startsWith('=')) return { kind: 'text', text: text.slice(1) };
  const what = (['task', 'queue', 'worker'] as const).find((each) => text === `$${each}`);
  return what === undefined ? { kind: 'field', field: text } : { kind: 'known', what };
}

/** The samples of all custom metrics by their labels; of a histogram its count, sum and the counts of its buckets. */
export function samples({ model, now }: Stage, name?: string): Record<string, number | readonly number[]> {
  const found: Record<string, number | readonly number[]> = {};
  for (const series of model.customMetrics.metrics) {
    if (name !== undefined && series.metric.entry.name !== name) continue;
    const out = {
      add: (labels: string, value: number) => void (found[labels] = value),
      histogram: (labels: string, { count, sum, counts }: { count: number; sum: number; counts: Float64Array }) =>
        void (found[labels] = [count, sum, ...counts]),
    };
    series.write(out, model.tracker.table, now);
  }
  return found;
}

/** What was not counted, by reason, of the first metric. */
export function skipped({ model }: Stage): Record<string, number> {
  return Object.fromEntries(model.customMetrics.metrics[0]?.skipped ?? []);
}

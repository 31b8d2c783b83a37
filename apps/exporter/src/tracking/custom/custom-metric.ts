// What a metric of the user's own is: the events that feed it, and where its value and its labels come from.
import type { MetricEntry } from '@celery-watch/celery-protocol';

/** What is known of an event's task and sender without a field of its own. */
export const KNOWN_SOURCES = ['task', 'queue', 'worker'] as const;
export type KnownSource = (typeof KNOWN_SOURCES)[number];

/** Where the value of a label comes from. */
export type LabelSource =
  | { readonly kind: 'field'; readonly field: string }
  | { readonly kind: 'known'; readonly what: KnownSource }
  | { readonly kind: 'text'; readonly text: string };

/**
 * How a gauge makes one number of what several tasks told: the last word of all, or these of the tasks that run, each
 * with its own last word.
 */
export const COMBINATIONS = ['last', 'sum', 'min', 'max', 'avg'] as const;
export type Combination = (typeof COMBINATIONS)[number];

/** One type of event that feeds a metric. */
export interface Feed {
  readonly event: string;
  /** The name of a field, or the number itself. */
  readonly value: string | number;
  /** In the order of the entry's labels. */
  readonly labels: readonly LabelSource[];
}

export interface CustomMetric {
  readonly entry: MetricEntry;
  readonly feeds: readonly Feed[];
  readonly combine: Combination;
  readonly maxSeries: number;
  /** Seconds after which a series goes that nothing was heard of. */
  readonly ttl: number;
}

/** Why an event was not counted in a metric that waits for it: a closed list, which is also a metric label. */
export const SKIP_REASONS = [
  /** The value's field is missing, or None, or NaN. */
  'no_value',
  /** The value is a text, a list, infinite. */
  'not_a_number',
  /** A counter and a histogram take nothing below zero. */
  'negative',
  /** So much that a counter would never be exact again. */
  'too_large',
  /** The field of a label holds a list or a mapping. */
  'bad_label',
  /** Values of running tasks are wanted, and the event was sent outside of a task. */
  'no_task',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** The reasons that can ever apply to a metric. */
export function reasonsFor({ entry, feeds, combine }: CustomMetric): readonly SkipReason[] {
  const hasField = feeds.some(({ value }) => typeof value === 'string');
  const isAdded = entry.type !== 'gauge';
  const can: Readonly<Record<SkipReason, boolean>> = {
    no_value: hasField,
    not_a_number: hasField,
    negative: hasField && isAdded,
    too_large: hasField && isAdded,
    bad_label: feeds.some(({ labels }) => labels.some(({ kind }) => kind === 'field')),
    no_task: combine !== 'last',
  };
  return SKIP_REASONS.filter((reason) => can[reason]);
}

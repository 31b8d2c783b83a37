// Takes the value and the labels of a custom metric out of an event, or says why that cannot be: the event may hold
// anything.
import { type CustomEvent, type MetricType, readName, UNKNOWN } from '@celery-watch/celery-protocol';
import type { KnownTask } from '../taps.js';
import type { CustomMetric, Feed, LabelSource, SkipReason } from './custom-metric.js';
import type { Reading } from './custom-series.js';

/** Beyond it a sum of a few thousand would lose its last digits, and one value could end a counter for good. */
const LARGEST = 1e15;

/** What the event says to a metric, with the labels that are known of the task still open; or why it says nothing. */
export function readEvent(
  event: CustomEvent,
  feed: Feed,
  { entry, combine }: Pick<CustomMetric, 'entry' | 'combine'>,
  task: string | undefined,
): Omit<Reading, 'sequence'> | SkipReason {
  const value = valueOf(event, feed, entry.type);
  if (typeof value === 'string') return value;
  if (task === undefined && combine !== 'last') return 'no_task';
  const labels = labelsOf(event, feed);
  return labels === undefined ? 'bad_label' : { value, labels, task };
}

/** Python's True and False are 1 and 0; a text that looks like a number stays a text. */
function valueOf(event: CustomEvent, { value: source }: Feed, type: MetricType): number | SkipReason {
  if (typeof source === 'number') return source;
  const given = fieldOf(event, source);
  if (given === undefined || given === null) return 'no_value';
  if (typeof given !== 'number' && typeof given !== 'boolean' && typeof given !== 'bigint') return 'not_a_number';
  const value = Number(given);
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'no_value' : 'not_a_number';
  if (type === 'gauge') return value;
  if (value < 0) return 'negative';
  return value < LARGEST ? value : 'too_large';
}

/** The texts of the labels; undefined where the field of one holds a list or a mapping. A missing field is ''. */
function labelsOf(event: CustomEvent, { labels }: Feed): readonly string[] | undefined {
  const texts = labels.map((source) => labelOf(event, source));
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** The same labels with what is known of the task in its places. */
export function withTask(texts: readonly string[], { labels }: Feed, task: KnownTask | undefined): readonly string[] {
  return labels.map((source, i) => {
    if (source.kind !== 'known' || source.what === 'worker') return texts[i] as string;
    return (source.what === 'task' ? task?.name : task?.queue) ?? UNKNOWN;
  });
}

function labelOf(event: CustomEvent, source: LabelSource): string | undefined {
  if (source.kind === 'text') return source.text;
  if (source.kind === 'known') return source.what === 'worker' ? event.hostname : UNKNOWN;
  const given = fieldOf(event, source.field);
  if (given === undefined || given === null) return '';
  if (typeof given === 'string') return readName(given) ?? '';
  return typeof given === 'number' || typeof given === 'bigint' || typeof given === 'boolean'
    ? String(given)
    : undefined;
}

/** Whether all is known of the task that the labels ask for. */
export function knowsTask({ labels }: Feed, task: KnownTask | undefined): boolean {
  return labels.every(
    (label) =>
      label.kind !== 'known' ||
      label.what === 'worker' ||
      (task !== undefined && (label.what === 'task' ? task.name : task.queue) !== UNKNOWN),
  );
}

/** What Celery adds to every event (docs/protocol/events.md#base-fields). */
const BASE_FIELDS = new Set(['hostname', 'utcoffset', 'pid', 'clock', 'uuid', 'timestamp', 'type']);
const MOST_FIELDS = 20;

/** The names of the fields that its sender gave it, for people who look for a spelling mistake. */
export function fieldsOf(event: CustomEvent): readonly string[] {
  const names = Object.keys(event).filter((name) => !BASE_FIELDS.has(name));
  return names.slice(0, MOST_FIELDS).map((name) => readName(name) ?? '');
}

export function fieldOf(event: CustomEvent, field: string): unknown {
  return Object.hasOwn(event, field) ? (event as unknown as Readonly<Record<string, unknown>>)[field] : undefined;
}

// The parts of a family's text that are the same at every scrape, put together once for each format.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import type { ExpositionFormat } from './exposition-format.js';
import { boundText } from './number-text.js';

/** The start of a sample line: up to the value where there are no labels, up to the first label where there are. */
export interface LineStart {
  readonly bare: string;
  readonly open: string;
}

/**
 * A histogram's lines; a bucket's line is `bucket.open`, the labels and a comma if there are any, its fragment of `le`,
 * and the count.
 */
export interface HistogramLayout {
  readonly bounds: readonly number[];
  readonly bucket: LineStart;
  /** `le="0.5"} ` for each bound and, last, for +Inf. */
  readonly le: readonly string[];
  /** The same after other labels: `,le="0.5"} `. */
  readonly commaLe: readonly string[];
  readonly sum: LineStart;
  readonly count: LineStart;
}

export interface Layout {
  readonly entry: MetricEntry;
  /** The HELP and TYPE lines. */
  readonly head: string;
  readonly sample: LineStart;
  /** Undefined for a counter or a gauge. */
  readonly histogram: HistogramLayout | undefined;
}

/** The layout of an entry that `checkEntry` has passed. */
export function layoutOf(entry: MetricEntry, format: ExpositionFormat): Layout {
  const family = format === 'openmetrics' ? openMetricsName(entry) : entry.name;
  return {
    entry,
    head: `# HELP ${family} ${helpText(entry.help, format)}\n# TYPE ${family} ${entry.type}\n`,
    sample: lineStart(entry.name),
    histogram: entry.type === 'histogram' ? histogramLayout(entry, format) : undefined,
  };
}

/** OpenMetrics names a counter's family without the `_total` that its samples carry. */
export function openMetricsName(entry: MetricEntry): string {
  return entry.type === 'counter' ? entry.name.replace(/_total$/, '') : entry.name;
}

function lineStart(name: string): LineStart {
  return { bare: `${name} `, open: `${name}{` };
}

function histogramLayout({ name, buckets = [] }: MetricEntry, format: ExpositionFormat): HistogramLayout {
  const le = [...buckets.map((bound) => boundText(bound, format)), '+Inf'].map((bound) => `le="${bound}"} `);
  return {
    bounds: buckets,
    bucket: lineStart(`${name}_bucket`),
    le,
    commaLe: le.map((fragment) => `,${fragment}`),
    sum: lineStart(`${name}_sum`),
    count: lineStart(`${name}_count`),
  };
}

/** Only OpenMetrics escapes double quotes in HELP; the text format would show the backslash. */
function helpText(help: string, format: ExpositionFormat): string {
  const escaped = help.toWellFormed().replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', '\\"') : escaped;
}

// Writes the samples of one family, in one format. The parts of the text that are the same at every scrape (its layout)
// are put together once.
import type { Samples } from './family.js';
import type { HistogramValue } from './histogram-value.js';
import type { ExpositionFormat } from './exposition-format.js';
import type { MetricEntry } from '@celery-watch/celery-protocol';

/** Text is made bytes in pieces of this length: a page of many megabytes would else take several times its size. */
const SLICE = 64 * 1024;

export class SampleWriter implements Samples {
  #text = '';
  readonly #slices: Buffer[] = [];
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  add(labels: string, value: number): void {
    const { entry, histogram, sample } = this.#layout;
    if (histogram) throw new TypeError(`${entry.name} is a histogram, it has no plain samples`);
    this.#write(line(sample, labels, value));
  }

  histogram(labels: string, value: HistogramValue): void {
    const { entry, histogram } = this.#layout;
    if (!histogram) throw new TypeError(`${entry.name} is a ${entry.type}, it takes no histogram`);
    if (!sameBounds(histogram.bounds, value.bounds)) {
      throw new RangeError(
        `${entry.name} has the bounds ${histogram.bounds.join(', ')}, not ${value.bounds.join(', ')}`,
      );
    }
    this.#write(histogramLines(histogram, labels, value));
  }

  /** The lines written so far, as UTF-8. */
  take(): readonly Buffer[] {
    this.#cut();
    return this.#slices;
  }

  #write(lines: string): void {
    this.#text += lines;
    if (this.#text.length > SLICE) this.#cut();
  }

  #cut(): void {
    if (this.#text !== '') this.#slices.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

function histogramLines(layout: HistogramLayout, labels: string, { counts, sum }: HistogramValue): string {
  const start = layout.bucket.open + labels;
  const le = labels === '' ? layout.le : layout.commaLe;
  let text = '';
  let upTo = 0;
  for (let i = 0; i < le.length; i++) {
    upTo += counts[i] as number;
    text += start + (le[i] as string) + valueText(upTo) + '\n';
  }
  return text + line(layout.sum, labels, sum) + line(layout.count, labels, upTo);
}

function line(start: LineStart, labels: string, value: number): string {
  return labels === '' ? start.bare + valueText(value) + '\n' : start.open + labels + '} ' + valueText(value) + '\n';
}

function sameBounds(wanted: readonly number[], given: readonly number[]): boolean {
  return wanted === given || (wanted.length === given.length && wanted.every((bound, i) => bound === given[i]));
}

/**
 * A sample's value: integers below 1e21 without exponent, else the shortest text that reads back as the same number.
 */
export function valueText(value: number): string {
  if (value === Infinity) return '+Inf';
  if (value === -Infinity) return '-Inf';
  return String(value);
}

/**
 * A finite bucket bound as the value of `le`. `le` is text to Prometheus, so one bound must always have one spelling:
 * both formats use Go's `%g` (0.0001, 2.5, 1e+06), and OpenMetrics adds `.0` where neither a point nor an exponent says
 * that it is a float.
 */
export function boundText(bound: number, format: ExpositionFormat): string {
  const text = goFloat(bound);
  return format === 'openmetrics' && !/[.e]/.test(text) ? `${text}.0` : text;
}

/**
 * Go writes an exponent below 1e-4 and from 1e6 (JavaScript: below 1e-6 and from 1e21), with a sign and at least two
 * digits.
 */
function goFloat(value: number): string {
  const [digits = '', power = ''] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(value);
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

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

function histogramLayout(
  { name, buckets = [], floatBounds = false }: MetricEntry,
  format: ExpositionFormat,
): HistogramLayout {
  const spelling = floatBounds ? 'openmetrics' : format;
  const le = [...buckets.map((bound) => boundText(bound, spelling)), '+Inf'].map((bound) => `le="${bound}"} `);
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

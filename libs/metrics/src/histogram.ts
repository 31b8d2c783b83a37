// A family of histograms that are fed where durations are measured.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { expectType } from './check-entry.js';
import { Children, type SeriesLimit } from './children.js';
import type { Family, Samples } from './family.js';
import { HistogramValue } from './histogram-value.js';
import type { LabelValues } from './label-text.js';

export class Histogram<L extends string = string> implements Family {
  readonly entry: MetricEntry<L>;
  readonly #children: Children<HistogramValue>;

  /**
   * The bounds are the entry's `buckets`. Without labels the one series starts empty. Throws a TypeError that names the
   * metric if the entry is not a histogram or has no buckets.
   */
  constructor(entry: MetricEntry<L>, limit: SeriesLimit = {}) {
    expectType(entry, 'histogram');
    const { buckets } = entry;
    if (!buckets) throw new TypeError(`${entry.name} has no buckets in the catalogue`);
    this.entry = entry;
    this.#children = new Children(entry, () => new HistogramValue(buckets), limit);
    if (entry.labels.length === 0) this.#children.get([]);
  }

  /** The series of these label values, made empty when first asked for. Throws a TypeError if their number is wrong. */
  with(...values: LabelValues<L>): HistogramValue {
    return this.#children.get(values);
  }

  /**
   * Takes a series off the page and says whether there was one; who still holds its value feeds a histogram that nobody
   * reads.
   */
  remove(...values: LabelValues<L>): boolean {
    return this.#children.remove(values);
  }

  write(out: Samples): void {
    for (const [labels, value] of this.#children.entries()) out.histogram(labels, value);
  }
}

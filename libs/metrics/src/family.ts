// What a metric family is to the registry, and the writer that a family gets at each scrape.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import type { HistogramValue } from './histogram-value.js';

/** One metric of the catalogue with its series. */
export interface Family {
  readonly entry: MetricEntry;
  /**
   * Writes all series of the family, each label set once. It must not wait for anything: what is not written when it
   * returns is not on the page. If it throws, all it wrote is dropped and the error reported; the other families are
   * not touched.
   */
  write(out: Samples): void;
  /**
   * The same in parts, where it may be long: between two of them whatever else waits gets its turn, and of one that
   * throws only what it wrote itself is dropped.
   */
  readonly parts?: readonly ((out: Samples) => void)[];
}

/**
 * Takes the samples of one family. It knows the format and the metric's name; `labels` is what `labelText` gave, '' for
 * none.
 */
export interface Samples {
  /**
   * One series of a counter or a gauge. A counter's value must be a number from 0 up. Throws a TypeError in a histogram
   * family.
   */
  add(labels: string, value: number): void;
  /**
   * One series of a histogram: its buckets, sum and count. Throws a TypeError in a family of another type, and a
   * RangeError if the bounds are not those of the entry.
   */
  histogram(labels: string, value: HistogramValue): void;
}

/** A family of any type whose series `write` computes at scrape time; `write` has the obligations of `Family.write`. */
export function collected(entry: MetricEntry, write: (out: Samples) => void): Family {
  return { entry, write };
}

// Writes the samples of one family into a string, in the format of its layout.
import type { Samples } from './family.js';
import type { HistogramValue } from './histogram-value.js';
import type { HistogramLayout, Layout, LineStart } from './layout.js';
import { valueText } from './number-text.js';

export class SampleWriter implements Samples {
  /** The lines written so far. */
  text = '';
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  add(labels: string, value: number): void {
    const { entry, histogram, sample } = this.#layout;
    if (histogram) throw new TypeError(`${entry.name} is a histogram, it has no plain samples`);
    this.text += line(sample, labels, value);
  }

  histogram(labels: string, value: HistogramValue): void {
    const { entry, histogram } = this.#layout;
    if (!histogram) throw new TypeError(`${entry.name} is a ${entry.type}, it takes no histogram`);
    if (!sameBounds(histogram.bounds, value.bounds)) {
      throw new RangeError(
        `${entry.name} has the bounds ${histogram.bounds.join(', ')}, not ${value.bounds.join(', ')}`,
      );
    }
    this.text += histogramLines(histogram, labels, value);
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

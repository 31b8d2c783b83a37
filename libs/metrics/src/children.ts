// The series of one family by label set, with a cap: what finds no room is counted together under `other`.
import { type MetricEntry, OTHER } from '@celery-watch/celery-protocol';
import { labelText } from './label-text.js';

export interface SeriesLimit {
  /**
   * The most label sets that the family holds, beside `other`; without it there is no limit. A whole number from 0 up,
   * or Infinity.
   */
  readonly maxSeries?: number | undefined;
  /** Called at each request for a new label set that found no room. */
  readonly onDropped?: ((entry: MetricEntry) => void) | undefined;
}

/**
 * Children of type `C`, each made once. Keyed by label text, so two label sets that would be the same series on the
 * page are one child.
 */
export class Children<C> {
  readonly #entry: MetricEntry;
  readonly #make: () => C;
  readonly #maxSeries: number;
  readonly #onDropped: ((entry: MetricEntry) => void) | undefined;
  readonly #byLabels = new Map<string, C>();
  readonly #otherLabels: string;

  /** Throws a RangeError that names the metric if `maxSeries` is negative or not a whole number. */
  constructor(entry: MetricEntry, make: () => C, { maxSeries = Infinity, onDropped }: SeriesLimit) {
    if (!(maxSeries >= 0 && (Number.isInteger(maxSeries) || maxSeries === Infinity))) {
      throw new RangeError(`${entry.name}: maxSeries must be a whole number from 0 up, not ${maxSeries}`);
    }
    this.#entry = entry;
    this.#make = make;
    this.#maxSeries = maxSeries;
    this.#onDropped = onDropped;
    this.#otherLabels = labelText(
      entry,
      entry.labels.map(() => OTHER),
    );
  }

  /** The child of a label set; above the cap, the child whose label values are all `other`, which always has room. */
  get(values: readonly string[]): C {
    const labels = labelText(this.#entry, values);
    const known = this.#byLabels.get(labels);
    if (known !== undefined) return known;
    if (labels === this.#otherLabels || this.#hasRoom()) return this.#add(labels);
    this.#onDropped?.(this.#entry);
    return this.#byLabels.get(this.#otherLabels) ?? this.#add(this.#otherLabels);
  }

  /** Whether there was such a child. */
  remove(values: readonly string[]): boolean {
    return this.#byLabels.delete(labelText(this.#entry, values));
  }

  clear(): void {
    this.#byLabels.clear();
  }

  /** Label text and child, in the order in which they were made. */
  entries(): Iterable<[labels: string, child: C]> {
    return this.#byLabels.entries();
  }

  #hasRoom(): boolean {
    const capped = this.#byLabels.size - (this.#byLabels.has(this.#otherLabels) ? 1 : 0);
    return capped < this.#maxSeries;
  }

  #add(labels: string): C {
    const child = this.#make();
    this.#byLabels.set(labels, child);
    return child;
  }
}

// The numbers of one histogram series: pure data with a fast observe.

/** Observations counted by upper bound; a value that equals a bound belongs to that bound's bucket. */
export class HistogramValue {
  /** Upper bounds, ascending and finite. */
  readonly bounds: readonly number[];
  /**
   * Observations in each bucket, NOT cumulated; one more than there are bounds, the last is what lies above them all.
   */
  readonly counts: Float64Array;
  /** Sum of the observations, in their unit. */
  sum = 0;
  /** Number of observations. */
  count = 0;

  /** Throws a RangeError if the bounds are empty, not finite or not strictly ascending. */
  constructor(bounds: readonly number[]) {
    if (!areBounds(bounds))
      throw new RangeError(`bounds of a histogram must be finite and ascending, not [${bounds.join(', ')}]`);
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /**
   * Counts one observation. NaN and infinities are no measurements and are ignored; a negative value, which only a
   * clock that was set back can make, counts as 0, so that the sum never falls.
   */
  observe(value: number): void {
    if (!Number.isFinite(value)) return;
    const observed = value > 0 ? value : 0;
    const bounds = this.bounds;
    let low = 0;
    let high = bounds.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (observed <= (bounds[middle] as number)) high = middle;
      else low = middle + 1;
    }
    (this.counts[low] as number)++;
    this.sum += observed;
    this.count++;
  }

  /** The same numbers by fewer bounds, each of which must be one of its own; itself where they are the same. */
  by(bounds: readonly number[]): HistogramValue {
    if (bounds === this.bounds || bounds.length === this.bounds.length) return this;
    const coarser = new HistogramValue(bounds);
    let bucket = 0;
    this.counts.forEach((count, i) => {
      while (bucket < bounds.length && (this.bounds[i] ?? Infinity) > (bounds[bucket] as number)) bucket++;
      (coarser.counts[bucket] as number) += count;
    });
    coarser.sum = this.sum;
    coarser.count = this.count;
    return coarser;
  }

  /** Counts what another one with the same bounds has counted. */
  add(other: HistogramValue): void {
    other.counts.forEach((count, bucket) => {
      (this.counts[bucket] as number) += count;
    });
    this.sum += other.sum;
    this.count += other.count;
  }
}

/** Whether these can be the bounds of a histogram: at least one, finite, strictly ascending. */
export function areBounds(bounds: readonly number[]): boolean {
  return (
    bounds.length > 0 &&
    bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] as number)))
  );
}

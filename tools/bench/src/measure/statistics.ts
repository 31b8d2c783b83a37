// Medians, quantiles and spreads of a few measurements.

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spread(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), least: Math.min(...values), most: Math.max(...values) };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the two neighbours, as most programs do it. NaN for no values. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Between which two of the values the true median lies with 95 % confidence or a little more, whatever their
 * distribution: a few rounds that something else disturbed do not widen it. For fewer than six values, all of them.
 */
export function medianInterval(values: readonly number[]): readonly [number, number] {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  // How many values may be left out at each end: the binomial tail below it stays under 2.5 %.
  let left = 0;
  let term = 0.5 ** n;
  for (let tail = term; tail <= 0.025 && left < n / 2; left++) {
    term = (term * (n - left)) / (left + 1);
    tail += term;
  }
  const skipped = Math.max(0, left - 1);
  return [sorted[skipped] ?? NaN, sorted[n - 1 - skipped] ?? NaN];
}

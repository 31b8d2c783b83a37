// A family of counters that are bumped where things happen.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { expectType } from './check-entry.js';
import { Children, type SeriesLimit } from './children.js';
import type { Family, Samples } from './family.js';
import type { LabelValues } from './label-text.js';

/** One series. Hot code holds it and bumps `value` itself; `inc` is the way that checks. */
export interface CounterChild {
  value: number;
  /** Adds `n`, 1 by default. Throws a RangeError that names the metric if `n` is negative, NaN or infinite. */
  inc(n?: number): void;
}

export class Counter<L extends string = string> implements Family {
  readonly entry: MetricEntry<L>;
  readonly #children: Children<CounterChild>;

  /**
   * Without labels the one series starts at 0. Throws a TypeError that names the metric if the entry is not a counter.
   */
  constructor(entry: MetricEntry<L>, limit: SeriesLimit = {}) {
    expectType(entry, 'counter');
    this.entry = entry;
    this.#children = new Children<CounterChild>(entry, () => new Child(entry.name), limit);
    if (entry.labels.length === 0) this.#children.get([]);
  }

  /** The series of these label values, made at 0 when first asked for. Throws a TypeError if their number is wrong. */
  with(...values: LabelValues<L>): CounterChild {
    return this.#children.get(values);
  }

  /**
   * Takes a series off the page and says whether there was one; who still holds its child bumps a number that nobody
   * reads.
   */
  remove(...values: LabelValues<L>): boolean {
    return this.#children.remove(values);
  }

  write(out: Samples): void {
    for (const [labels, child] of this.#children.entries()) out.add(labels, child.value);
  }
}

class Child implements CounterChild {
  value = 0;
  readonly #metric: string;

  constructor(metric: string) {
    this.#metric = metric;
  }

  inc(n = 1): void {
    if (!(n >= 0 && n < Infinity))
      throw new RangeError(`${this.#metric} can only be increased by a number from 0 up, not by ${n}`);
    this.value += n;
  }
}

// A family of gauges that are set where things are learnt.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { expectType } from './check-entry.js';
import { Children, type SeriesLimit } from './children.js';
import type { Family, Samples } from './family.js';
import type { LabelValues } from './label-text.js';

/** One series; any number is a value, NaN and infinities included. */
export interface GaugeChild {
  value: number;
  set(value: number): void;
  /** Adds `n`, 1 by default. */
  inc(n?: number): void;
  /** Takes `n` away, 1 by default. */
  dec(n?: number): void;
}

export class Gauge<L extends string = string> implements Family {
  readonly entry: MetricEntry<L>;
  readonly #children: Children<GaugeChild>;

  /**
   * A gauge shows nothing until a series is asked for, with or without labels: 0 would be a claim that nobody made.
   * Throws a TypeError that names the metric if the entry is not a gauge.
   */
  constructor(entry: MetricEntry<L>, limit: SeriesLimit = {}) {
    expectType(entry, 'gauge');
    this.entry = entry;
    this.#children = new Children<GaugeChild>(entry, () => new Child(), limit);
  }

  /** The series of these label values, made at 0 when first asked for. Throws a TypeError if their number is wrong. */
  with(...values: LabelValues<L>): GaugeChild {
    return this.#children.get(values);
  }

  /**
   * Takes a series off the page and says whether there was one; who still holds its child sets a number that nobody
   * reads.
   */
  remove(...values: LabelValues<L>): boolean {
    return this.#children.remove(values);
  }

  /** Takes all series off the page. */
  clear(): void {
    this.#children.clear();
  }

  write(out: Samples): void {
    for (const [labels, child] of this.#children.entries()) out.add(labels, child.value);
  }
}

class Child implements GaugeChild {
  value = 0;

  set(value: number): void {
    this.value = value;
  }

  inc(n = 1): void {
    this.value += n;
  }

  dec(n = 1): void {
    this.value -= n;
  }
}

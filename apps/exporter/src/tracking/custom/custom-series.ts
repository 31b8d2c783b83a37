// The series of one metric of the user's own: capped, forgotten when nothing is heard of them, and what was last seen.
import { OTHER } from '@celery-watch/celery-protocol';
import { HistogramValue, labelText, type Samples } from '@celery-watch/metrics';
import type { TaskTable } from '../tasks/task-table.js';
import type { CustomMetric, SkipReason } from './custom-metric.js';
import { hasEnded, RunningValues } from './running-values.js';

/** What one event says to one metric. */
export interface Reading {
  readonly value: number;
  readonly labels: readonly string[];
  /** The task that sent it; undefined where it was sent outside of one. */
  readonly task: string | undefined;
  /** Rises with each event, so that one that was held does not overwrite a later one. */
  readonly sequence: number;
}

interface Series {
  readonly labels: string;
  value: number;
  sequence: number;
  readonly histogram: HistogramValue | undefined;
  /** What each running task said, where that is asked for. */
  readonly running: RunningValues | undefined;
  /** Exporter's clock. */
  lastSeen: number;
}

/** Most running tasks whose values one metric holds. */
const MOST_TASKS = 10_000;

export class CustomSeries {
  readonly metric: CustomMetric;
  /** Events that were counted here. */
  counted = 0;
  /** When an event came that this waits for, exporter's clock. */
  heardAt: number | undefined = undefined;
  /** What was counted last. */
  last: Pick<Reading, 'value' | 'labels'> | undefined = undefined;
  readonly skipped = new Map<SkipReason, number>();
  /** The last event that was not counted. */
  lastSkip: { readonly reason: SkipReason; readonly event: string; readonly fields: readonly string[] } | undefined;
  /** The fields of labels that any event had. */
  readonly fieldsSeen = new Set<string>();

  readonly #series = new Map<string, Series>();
  readonly #onDropped: () => void;
  readonly #other: string;

  /** @param onDropped told of each reading that found no room */
  constructor(metric: CustomMetric, onDropped: () => void) {
    this.metric = metric;
    this.#onDropped = onDropped;
    const { entry } = metric;
    this.#other = labelText<string>(
      entry,
      entry.labels.map(() => OTHER),
    );
    // A counter without labels counts from the start: its first event is a step and not a birth.
    if (entry.labels.length === 0 && entry.type !== 'gauge') this.#create('', 0);
  }

  get size(): number {
    return this.#series.size;
  }

  skip(reason: SkipReason, event: string, fields: readonly string[]): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
    this.lastSkip = { reason, event, fields };
  }

  add(reading: Reading, table: TaskTable, now: number): void {
    const series = this.#seriesOf(reading, now);
    if (series === undefined) return this.#onDropped();
    this.counted++;
    this.last = reading;
    series.lastSeen = now;
    const { value, sequence } = reading;
    if (series.histogram !== undefined) series.histogram.observe(value);
    else if (series.running !== undefined) this.#tell(series.running, reading, table, now);
    else if (this.metric.entry.type === 'counter') series.value += value;
    else if (sequence > series.sequence) Object.assign(series, { value, sequence });
  }

  /** Forgets what is over. */
  tick(table: TaskTable, now: number): void {
    const { entry, ttl } = this.metric;
    const limit = now - ttl;
    const isBorn = entry.type !== 'gauge' && entry.labels.length === 0;
    for (const [key, { running, lastSeen }] of this.#series) {
      running?.sweep(table, limit);
      const isOver = running === undefined ? lastSeen < limit && !isBorn : running.size === 0;
      if (isOver) this.#series.delete(key);
    }
  }

  write(out: Samples, table: TaskTable, now: number): void {
    const { combine } = this.metric;
    if (combine !== 'last') this.tick(table, now);
    for (const { labels, value, histogram, running } of this.#series.values()) {
      const number = running === undefined ? value : running.combined(combine);
      if (histogram !== undefined) out.histogram(labels, histogram);
      else if (number !== undefined) out.add(labels, number);
    }
  }

  #tell(running: RunningValues, { task, value, sequence }: Reading, table: TaskTable, now: number): void {
    // Late words of a task that ended change nothing.
    if (task === undefined || hasEnded(table, task)) return;
    if (!running.has(task) && this.#tasksHeld() >= MOST_TASKS) return this.#onDropped();
    running.set(task, value, sequence, now);
  }

  #tasksHeld(): number {
    let held = 0;
    for (const { running } of this.#series.values()) held += running?.size ?? 0;
    return held;
  }

  /** Undefined for a gauge over the cap: numbers that are set by turns add up to nothing. */
  #seriesOf({ labels }: Reading, now: number): Series | undefined {
    const { entry, maxSeries } = this.metric;
    const key = labelText<string>(entry, labels);
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    const capped = this.#series.size - Number(this.#series.has(this.#other));
    if (capped < maxSeries || key === this.#other) return this.#create(key, now);
    if (entry.type === 'gauge') return undefined;
    this.#onDropped();
    return this.#series.get(this.#other) ?? this.#create(this.#other, now);
  }

  #create(labels: string, now: number): Series {
    const {
      combine,
      entry: { type, buckets = [] },
    } = this.metric;
    const series: Series = {
      labels,
      value: 0,
      sequence: 0,
      histogram: type === 'histogram' ? new HistogramValue(buckets) : undefined,
      running: combine === 'last' ? undefined : new RunningValues(),
      lastSeen: now,
    };
    this.#series.set(labels, series);
    return series;
  }
}

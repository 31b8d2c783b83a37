// The series of one metric of the user's own: capped, forgotten when nothing is heard of them, and what was last seen.
import { OTHER } from '@celery-watch/celery-protocol';
import { HistogramValue, labelText, type Samples } from '@celery-watch/metrics';
import type { TaskTable } from '../tasks/task-table.js';
import type { CustomMetric, SkipReason } from './custom-metric.js';
import { RunningValues } from './running-values.js';

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
  /** Exporter's clock. */
  lastSeen: number;
}

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
  /** In the place of these, where the running tasks' own values are asked for. */
  readonly #running: RunningValues | undefined;
  readonly #onDropped: () => void;
  readonly #other: string;

  /** @param onDropped told of each reading that found no room */
  constructor(metric: CustomMetric, onDropped: () => void) {
    this.metric = metric;
    this.#onDropped = onDropped;
    const { entry, combine, maxSeries } = metric;
    this.#running = combine === 'last' ? undefined : new RunningValues(maxSeries);
    this.#other = labelText<string>(
      entry,
      entry.labels.map(() => OTHER),
    );
    // A counter without labels counts from the start: its first event is a step and not a birth.
    if (entry.labels.length === 0 && entry.type !== 'gauge') this.#create('', 0);
  }

  get size(): number {
    return this.#running?.size ?? this.#series.size;
  }

  /** An event came that waits for this and cannot be counted. */
  skip(reason: SkipReason, event: string, fields: readonly string[]): void {
    this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1);
    this.lastSkip = { reason, event, fields };
  }

  /** Counts what an event said; where there is no room for its labels, `onDropped` is told. */
  add(reading: Reading, table: TaskTable, now: number): void {
    const isTaken =
      this.#running === undefined ? this.#count(reading, now) : this.#tell(this.#running, reading, table, now);
    if (!isTaken) return this.#onDropped();
    this.counted++;
    this.last = reading;
  }

  /** Forgets what is over. */
  tick(table: TaskTable, now: number): void {
    const { entry, ttl } = this.metric;
    const limit = now - ttl;
    this.#running?.sweep(table, limit);
    // One that is born with the program stays.
    if (entry.type !== 'gauge' && entry.labels.length === 0) return;
    for (const [key, { lastSeen }] of this.#series) if (lastSeen < limit) this.#series.delete(key);
  }

  /** Its samples as of now: of tasks that have ended meanwhile there is nothing. */
  write(out: Samples, table: TaskTable, now: number): void {
    const { combine } = this.metric;
    if (this.#running !== undefined && combine !== 'last') {
      this.tick(table, now);
      for (const [labels, number] of this.#running.combined(combine)) out.add(labels, number);
    }
    for (const { labels, value, histogram } of this.#series.values()) {
      if (histogram !== undefined) out.histogram(labels, histogram);
      else out.add(labels, value);
    }
  }

  #count(reading: Reading, now: number): boolean {
    const series = this.#seriesOf(reading, now);
    if (series === undefined) return false;
    series.lastSeen = now;
    const { value, sequence } = reading;
    if (series.histogram !== undefined) series.histogram.observe(value);
    else if (this.metric.entry.type === 'counter') series.value += value;
    else if (sequence > series.sequence) Object.assign(series, { value, sequence });
    return true;
  }

  #tell(running: RunningValues, { task, value, sequence, labels }: Reading, table: TaskTable, now: number): boolean {
    const series = labelText<string>(this.metric.entry, labels);
    return task === undefined || running.set(task, { series, value, sequence, at: now }, table);
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
    const { type, buckets = [] } = this.metric.entry;
    const series: Series = {
      labels,
      value: 0,
      sequence: 0,
      histogram: type === 'histogram' ? new HistogramValue(buckets) : undefined,
      lastSeen: now,
    };
    this.#series.set(labels, series);
    return series;
  }
}

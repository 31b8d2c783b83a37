// Flower's six metrics, read from its book and from the model at each scrape.
import { flowerMetrics as theirs, type MetricEntry } from '@celery-watch/celery-protocol';
import { collected, type Family, labelText } from '@celery-watch/metrics';
import type { Model } from '../../tracking/model.js';
import type { Worker } from '../../tracking/workers/worker.js';
import type { FlowerBook, FlowerSeries } from './flower-book.js';

/** Its six families of one broker, of what the book has counted and of the model's workers. */
export function flowerFamilies(book: FlowerBook, model: Model, runtimeBuckets: readonly number[]): readonly Family[] {
  const labels = labelCache();
  const gauge = (entry: MetricEntry, value: (series: FlowerSeries) => number | undefined): Family =>
    collected(entry, (out) => {
      for (const series of seriesOf(book)) {
        const number = value(series);
        if (number !== undefined) out.add(labels(series).pair, number);
      }
    });
  const ofWorkers = (entry: MetricEntry<'worker'>, value: (worker: Worker) => number | undefined): Family =>
    collected(entry, (out) => {
      for (const worker of model.workers) {
        const number = value(worker);
        if (number !== undefined) out.add(labelText(entry, [worker.nodename]), number);
      }
    });
  return [
    collected(theirs.events, (out) => {
      for (const series of seriesOf(book))
        for (const [type, count] of series.events) out.add(labels(series).ofType(type), count);
    }),
    collected({ ...theirs.runtime, buckets: runtimeBuckets }, (out) => {
      for (const series of seriesOf(book))
        if (series.runtime !== undefined) out.histogram(labels(series).pair, series.runtime);
    }),
    gauge(theirs.prefetchTime, ({ prefetchTime }) => prefetchTime),
    gauge(theirs.prefetched, ({ prefetched }) => prefetched),
    ofWorkers(theirs.online, ({ up }) => Number(up)),
    // One that is down runs nothing; Flower shows for ever what it said last.
    ofWorkers(theirs.executing, (worker) => (worker.up ? worker.total(({ heartbeat }) => heartbeat?.active) : 0)),
  ];
}

function* seriesOf(book: FlowerBook): Generator<FlowerSeries> {
  for (const { tasks } of book) yield* tasks.values();
}

interface Labels {
  readonly pair: string;
  readonly ofType: (type: string) => string;
}

/** Label text is made once for each series: it costs more than the rest of its line. */
function labelCache(): (series: FlowerSeries) => Labels {
  const cache = new WeakMap<FlowerSeries, Labels>();
  return (series) => {
    let labels = cache.get(series);
    if (labels === undefined) cache.set(series, (labels = labelsOf(series)));
    return labels;
  };
}

function labelsOf({ owner, task }: FlowerSeries): Labels {
  const byType = new Map<string, string>();
  return {
    pair: labelText(theirs.prefetched, [owner.name, task]),
    ofType: (type) => {
      let text = byType.get(type);
      if (text === undefined) byType.set(type, (text = labelText(theirs.events, [owner.name, type, task])));
      return text;
    },
  };
}

// What `/metrics` says in the metrics of the user's own, read from the model at each scrape.
import { collected, type Family } from '@celery-watch/metrics';
import type { Model } from '../tracking/model.js';

/** @param clock epoch seconds, of a clock that nobody sets */
export function customFamilies(model: Model, clock: () => number): readonly Family[] {
  return model.customMetrics.metrics.map((series) =>
    collected(series.metric.entry, (out) => {
      series.write(out, model.tracker.table, clock());
    }),
  );
}

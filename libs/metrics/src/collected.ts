// A family that owns no numbers: its samples are read from someone's model at each scrape.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import type { Family, Samples } from './family.js';

/** A family of any type whose series `write` computes at scrape time; `write` has the obligations of `Family.write`. */
export function collected(entry: MetricEntry, write: (out: Samples) => void): Family {
  return { entry, write };
}

// The drop-in for Flower's metrics: its port, its paths and its six families, at home where a scraper found them.
import { flowerMetrics } from '@celery-watch/celery-protocol';
import { type OptionsTable, type OptionValues, type Problem } from '@celery-watch/service';
import type { Model } from '../../tracking/model.js';
import { defineDropIn, type DropInRoute } from '../drop-in.js';
import { flowerFamilies } from './families.js';
import { FlowerBook, type FlowerBookSettings } from './flower-book.js';
import { FlowerTap, type FlowerTtl } from './flower-tap.js';
import { flowerAmendments, flowerOptions, NOT_SERVED, SWITCHES_WITHOUT_EFFECT, WITHOUT_EFFECT } from './options.js';

type Values = OptionValues<OptionsTable<typeof flowerOptions>>;

/** Most event types for a pair of worker and task: Celery has nine, and a task may send any. */
const MAX_TYPES = 50;
/** Flower says it whatever the broker does. */
const HEALTHY: DropInRoute = () => ({ status: 200, text: 'OK' });

export const flower = defineDropIn({
  title: 'Flower',
  amendments: flowerAmendments,
  options: flowerOptions,
  ignoresUnknownFlags: true,
  activate: (values, ours) => {
    const book: FlowerBookSettings = {
      runtimeBuckets: values.task_runtime_metric_buckets,
      maxSeries: values.drop_in_max_series,
      maxTypes: MAX_TYPES,
      maxTaken: ours.max_tasks,
    };
    const ttl: FlowerTtl = { worker: ours.worker_ttl, sender: ours.series_ttl, task: ours.task_ttl };
    return {
      problems: problemsOf(values),
      notices: noticesOf(values),
      consequences: values.debug ? { log_level: 'debug' } : {},
      metrics: Object.values(flowerMetrics),
      routes: routesOf(values.url_prefix),
      families: ({ model }) => {
        const counted = bookOf(model, book, ttl);
        return flowerFamilies(counted, model, book.runtimeBuckets);
      },
    };
  },
});

/** The numbers that Flower would keep of what this model hears, from now on. */
export function bookOf(model: Model, settings: FlowerBookSettings, ttl: FlowerTtl): FlowerBook {
  const { name } = flowerMetrics.events;
  const book = new FlowerBook(settings, () => {
    model.dropped.set(name, (model.dropped.get(name) ?? 0) + 1);
  });
  model.taps.push(new FlowerTap(model, book, ttl));
  return book;
}

function routesOf(prefix: string | undefined): Readonly<Record<string, DropInRoute>> {
  if (prefix === undefined) return { '/healthcheck': HEALTHY };
  return { '/healthcheck': HEALTHY, [`/${prefix}/healthcheck`]: HEALTHY, [`/${prefix}/metrics`]: 'metrics' };
}

function problemsOf(values: Values): Problem[] {
  return NOT_SERVED.filter((key) => values[key] !== undefined).map((key) => ({
    key,
    where: 'set for Flower',
    wanted: 'nothing: the exporter answers over HTTP on a port',
    fix: 'leave it out; for HTTPS or a socket put a proxy in front of the exporter',
  }));
}

function noticesOf(values: Values): string[] {
  const set = [...WITHOUT_EFFECT, ...SWITCHES_WITHOUT_EFFECT].filter((key) => values[key] !== undefined);
  if (set.length === 0) return [];
  return [
    `these options of Flower have no effect, since its pages and its log files are not part of the exporter: ${set.join(', ')}; ` +
      '/metrics needs no login, as in Flower',
  ];
}

// The drop-in for danihodovic's celery-exporter: its options, metrics and `/health`, at home where it stood.
import { danihodovicMetrics, type MetricEntry } from '@celery-watch/celery-protocol';
import { defineDropIn } from '../drop-in.js';
import { danihodovicFamilies, prefixed } from './families.js';
import { danihodovicAmendments, danihodovicOptions } from './options.js';
import { effectsOf } from './effects.js';

export const danihodovic = defineDropIn({
  title: "danihodovic's celery-exporter",
  amendments: danihodovicAmendments,
  options: danihodovicOptions,
  isMeant: ({ CE_BROKER_URL: url = '' }) => url !== '',
  activate: (values) => {
    const effects = effectsOf(values);
    return {
      ...effects,
      families: (parts) => danihodovicFamilies(parts, effects.dialect),
      metrics: Object.values<MetricEntry>(danihodovicMetrics).map((entry) => prefixed(entry, effects.dialect.prefix)),
      routes: {
        '/health': (isConnected) =>
          isConnected
            ? { status: 200, text: 'Connected to the broker\n' }
            : { status: 500, text: 'Failed to connect to the broker\n' },
      },
    };
  },
});

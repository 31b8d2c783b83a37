// The drop-in for danihodovic's celery-exporter: its options, metrics and `/health`, at home where it stood.
import { defineDropIn } from '../drop-in.js';
import { danihodovicFamilies } from './families.js';
import { danihodovicAmendments, danihodovicOptions } from './options.js';
import { settle } from './settle.js';

export const danihodovic = defineDropIn({
  title: "danihodovic's celery-exporter",
  amendments: danihodovicAmendments,
  options: danihodovicOptions,
  isMeant: ({ CE_BROKER_URL: url = '' }) => url !== '',
  activate: (values) => {
    const settled = settle(values);
    return {
      ...settled,
      families: (parts) => danihodovicFamilies(parts, settled.words),
      routes: {
        '/health': (isConnected) =>
          isConnected
            ? { status: 200, text: 'Connected to the broker\n' }
            : { status: 500, text: 'Failed to connect to the broker\n' },
      },
    };
  },
});

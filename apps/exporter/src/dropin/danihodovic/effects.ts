// What follows from the options of danihodovic's celery-exporter: settings of ours, how its metrics are written, and
// what has no effect here.
import { danihodovicMetrics } from '@celery-watch/celery-protocol';
import type { OptionsTable, OptionValues, Problem } from '@celery-watch/service';
import type { Consequences } from '../drop-in.js';
import type { KombuTls } from '../kombu-tls.js';
import { tlsConsequences } from '../tls-consequences.js';
import { type danihodovicOptions, WORKER_TIMEOUT } from './options.js';

export type DanihodovicValues = OptionValues<OptionsTable<typeof danihodovicOptions>>;

/** How its metrics are written. */
export interface Dialect {
  readonly prefix: string;
  readonly defaultQueue: string;
  readonly runtimeBuckets: readonly number[];
  readonly queueWaitBuckets: readonly number[];
  /** Which metrics of tasks name a host. */
  readonly hosts: { readonly sent: boolean; readonly others: boolean };
  readonly maxSeries: number;
}

/** What its options come to here. */
export interface Effects {
  readonly dialect: Dialect;
  readonly problems: readonly Problem[];
  readonly notices: readonly string[];
  readonly consequences: Consequences;
  readonly tls: KombuTls;
  readonly runtimeBuckets: readonly number[];
  readonly waitBuckets: readonly number[];
  readonly staticLabels: Readonly<Record<string, string>>;
}

/** Reads what follows from its options; nothing is looked up but the files that they name. */
export function effectsOf(values: DanihodovicValues): Effects {
  const tls = tlsConsequences(values.broker_ssl_option, 'broker_ssl_option');
  const badLabel = Object.keys(values.static_label).find((name) => !LABEL_NAME.test(name) || TAKEN_LABELS.has(name));
  return {
    dialect: {
      prefix: values.metric_prefix,
      defaultQueue: values.default_queue_name,
      runtimeBuckets: values.buckets,
      queueWaitBuckets: values.queue_wait_buckets,
      hosts: {
        sent: values.drop_in_hostnames && !values.generic_hostname_task_sent_metric,
        others: values.drop_in_hostnames && !values.generic_hostname_worker_task_metric,
      },
      maxSeries: values.drop_in_max_series,
    },
    problems: [
      ...tls.problems,
      ...(badLabel === undefined
        ? []
        : [
            {
              key: 'static_label',
              where: 'among its names',
              value: badLabel,
              wanted: 'label names of letters, digits and _ that no metric uses for something else',
            },
          ]),
    ],
    notices: noticesOf(values),
    consequences: tls.consequences,
    tls: { ...tls.tls, isOverTls: Object.keys(values.broker_ssl_option).length > 0 },
    runtimeBuckets: values.buckets,
    waitBuckets: values.queue_wait_buckets,
    staticLabels: values.static_label,
  };
}

const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
const TAKEN_LABELS = new Set(['le', ...Object.values(danihodovicMetrics).flatMap(({ labels }) => [...labels])]);

/** What has no effect, where somebody has set it. */
function noticesOf(values: DanihodovicValues): string[] {
  const notices: string[] = [];
  if (values.retry_interval !== 0)
    notices.push('the option retry_interval has no effect: the broker is always tried again, within seconds');
  if (values.worker_timeout !== WORKER_TIMEOUT)
    notices.push(
      'the option worker_timeout has no effect: a worker is down when it misses its heartbeats (missed_heartbeats), ' +
        'within seconds',
    );
  return notices;
}

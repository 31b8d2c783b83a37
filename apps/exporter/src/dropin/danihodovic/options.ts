// The options of danihodovic's celery-exporter: more names for ours where ours mean the same, and those that only it
// has.
import { DANIHODOVIC_BUCKETS } from '@celery-watch/celery-protocol';
import {
  type Amendment,
  custom,
  integer,
  number,
  option,
  pairs,
  prose,
  PrintableError,
  readPairs,
  text,
} from '@celery-watch/service';
import { BOUNDS, lastOf, readBounds, readLogLevel, truth } from '../python-words.js';

/** What stands for "never": a worker that is down stays on the page. */
const NEVER = '36500d';
/** Seconds, as danihodovic's program has it by default. */
export const WORKER_TIMEOUT = 300;

export const danihodovicAmendments: Readonly<Record<string, Partial<Amendment>>> = {
  broker_url: { moreEnv: ['CE_BROKER_URL'] },
  broker_transport_options: {
    aliases: [
      { flag: '--broker-transport-option', read: readTransportOptions },
      { env: 'CE_BROKER_TRANSPORT_OPTION', read: ([words = '']) => readTransportOptions(wordsOf(words)) },
    ],
  },
  host: { moreEnv: ['CE_HOST'] },
  port: { moreEnv: ['CE_PORT'] },
  queues: { moreEnv: ['CE_QUEUES'], aliases: [{ flag: '-Q' }], fromText: withoutEmptyWords },
  log_level: { moreEnv: ['CE_LOG_LEVEL'], fromText: readLogLevel },
  worker_ttl: {
    // Longer than the 15 minutes that the shipped alert CeleryWorkerDown waits.
    default: '30m',
    aliases: [
      { flag: '--purge-offline-worker-metrics', read: readPurge },
      { env: 'CE_PURGE_OFFLINE_WORKER_METRICS', read: readPurge },
    ],
  },
};

const k = (name: string): { readonly moreEnv: readonly string[] } => ({ moreEnv: [`CE_${name}`] });

export const danihodovicOptions = {
  broker_ssl_option: option(pairs(), {
    ...k('BROKER_SSL_OPTION'),
    default: {},
    secret: false,
    help: prose`
      Python's TLS settings, one for each flag: ca_certs, certfile, keyfile, cert_reqs (0, or CERT_NONE: the broker's
      certificate is not checked). Their names here are the broker_tls_ options.`,
  }),
  accept_content: option(custom(readAcceptContent, { wanted: 'json, yaml and msgpack only', placeholder: 'A,B' }), {
    ...k('ACCEPT_CONTENT'),
    default: ['json'],
    help: 'Has no effect: events in json, yaml and msgpack are always read, and pickle never.',
  }),
  retry_interval: option(number(), {
    ...k('RETRY_INTERVAL'),
    default: 0,
    help: 'Has no effect: the broker is always tried again, within seconds.',
  }),
  buckets: option(custom(readBounds, { wanted: BOUNDS, placeholder: 'N,N,…' }), {
    ...k('BUCKETS'),
    default: [...DANIHODOVIC_BUCKETS.runtime],
    help: 'Buckets of celery_task_runtime, in seconds.',
  }),
  queue_wait_buckets: option(custom(readBounds, { wanted: BOUNDS, placeholder: 'N,N,…' }), {
    ...k('QUEUE_WAIT_BUCKETS'),
    default: [...DANIHODOVIC_BUCKETS.queueWait],
    help: 'Buckets of celery_task_queue_wait_time, in seconds.',
  }),
  worker_timeout: option(number(), {
    ...k('WORKER_TIMEOUT'),
    default: WORKER_TIMEOUT,
    help: prose`
      Has no effect: a worker is down after missed_heartbeats of its intervals, which is seconds after its death.`,
  }),
  generic_hostname_task_sent_metric: truth({
    ...k('GENERIC_HOSTNAME_TASK_SENT_METRIC'),
    default: false,
    help: 'Where hostnames are on: celery_task_sent_total has hostname="generic" all the same.',
  }),
  generic_hostname_worker_task_metric: truth({
    ...k('GENERIC_HOSTNAME_WORKER_TASK_METRIC'),
    default: false,
    help: 'Where hostnames are on: all other metrics of tasks have hostname="generic" all the same.',
  }),
  drop_in_hostnames: truth({
    default: false,
    help: prose`
      Whether the metrics of tasks name the host of the worker or the sender. Without it their label hostname is
      "generic"; none of the dashboards and alerts that came with danihodovic's exporter looks at it.`,
    cost: 'about 30 series for each task name, queue and host, and a seventh more CPU for each event.',
  }),
  drop_in_max_series: option(integer({ min: 1 }), {
    default: 5000,
    help: prose`
      Where hostnames are on: most label sets of task name, queue and host. What is over it is counted under
      hostname="generic".`,
  }),
  metric_prefix: option(custom(readPrefix, { placeholder: 'TEXT' }), {
    ...k('METRIC_PREFIX'),
    default: 'celery_',
    help: 'What the names of its metrics begin with, in place of celery_; may be empty.',
  }),
  default_queue_name: option(text(), {
    ...k('DEFAULT_QUEUE_NAME'),
    default: 'celery',
    help: 'The queue_name of tasks whose queue nothing tells.',
  }),
  static_label: option(pairs(), {
    ...k('STATIC_LABEL'),
    default: {},
    help: 'A label with a value that every series bears; may be given several times.',
  }),
};

function wordsOf(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Values as Python's program takes them: digits are a number, JSON is what it says, all else is text. */
function readTransportOptions(words: readonly string[]): Record<string, unknown> {
  const read = readPairs(words);
  if (read === undefined)
    throw new PrintableError(
      'name=value for each option, such as visibility_timeout=18000; in a variable, JSON must be without white space',
    );
  return Object.fromEntries(Object.entries(read).map(([name, value]) => [name, valueOf(value)]));
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function readPurge(texts: readonly string[]): string {
  const text = lastOf(texts);
  if (!/^[+-]?\d+$/.test(text)) throw new Error('whole seconds, such as 1800; 0 or less is never');
  return Number(text) <= 0 ? NEVER : String(Number(text));
}

/** `a,,b` names two queues. */
function withoutEmptyWords(text: string): string {
  const words = text.split(',').filter((word) => word.trim() !== '');
  return words.join(',');
}

function readAcceptContent(raw: unknown): readonly string[] {
  const words = Array.isArray(raw) ? raw.map(String) : String(raw).split(',');
  const content = words.map((word) => word.trim()).filter((word) => word !== '');
  if (content.some((word) => /pickle|python-serialize/i.test(word)))
    throw new Error(
      'json, yaml and msgpack only: pickle would run code that a message holds, and is never read; have the ' +
        'workers send events in json (event_serializer, which is json unless somebody set it)',
    );
  // Any content type may be accepted; of the short names kombu knows these.
  const isKnown = (word: string): boolean => word.includes('/') || /^(?:json|yaml|msgpack)$/.test(word);
  if (!content.every(isKnown)) throw new Error('json, yaml and msgpack only');
  return content;
}

function readPrefix(raw: unknown): string {
  if (typeof raw !== 'string' || !/^(?:[a-zA-Z_:][a-zA-Z0-9_:]*)?$/.test(raw))
    throw new Error('the beginning of a metric name: letters, digits, _ and :, no digit first');
  return raw;
}

// The options of Flower: more names for ours where ours mean the same, those that its metrics have, and those of its
// pages, which have no effect here.
import { PYTHON_BUCKETS } from '@celery-watch/celery-protocol';
import {
  type Alias,
  type Amendment,
  amended,
  boolean,
  custom,
  integer,
  option,
  type Option,
  prose,
  text,
} from '@celery-watch/service';
import { BOUNDS, lastOf, readBounds, readLogLevel, readMaxTasks, readTruth, truth } from '../python-words.js';

/** Flower reads a flag with a dash or an underscore alike. */
function flags(key: string, read?: Alias['read']): Alias[] {
  const names = new Set([`--${key}`, `--${key.replaceAll('_', '-')}`]);
  return [...names].map((flag) => ({ flag, ...(read && { read }) }));
}

function named(key: string): { readonly moreEnv: readonly string[]; readonly aliases: readonly Alias[] } {
  return { moreEnv: [`FLOWER_${key.toUpperCase()}`], aliases: key.includes('_') ? [{ flag: `--${key}` }] : [] };
}

export const flowerAmendments: Readonly<Record<string, Partial<Amendment>>> = {
  // As in `celery --broker=URL flower`.
  broker_url: { aliases: [{ flag: '--broker' }, { flag: '-b' }] },
  host: { moreEnv: ['FLOWER_ADDRESS'], aliases: [{ flag: '--address' }] },
  port: { ...named('port'), default: 5555 },
  max_tasks: { ...named('max_tasks'), fromText: readMaxTasks },
  log_level: {
    aliases: [
      { flag: '--logging', read: readLogging },
      { env: 'FLOWER_LOGGING', read: readLogging },
    ],
    fromText: readLogLevel,
  },
  enable_events: { ...named('enable_events'), fromText: readTruth },
  worker_ttl: {
    aliases: [
      ...flags('purge_offline_workers', readSeconds),
      { env: 'FLOWER_PURGE_OFFLINE_WORKERS', read: readSeconds },
    ],
  },
};

/** What Flower has for its pages, its login, its files and its log, and takes a value. */
export const WITHOUT_EFFECT = [
  ...['auth', 'auth_provider', 'basic_auth', 'oauth2_key', 'oauth2_secret', 'oauth2_redirect_uri', 'cookie_secret'],
  ...['format_task', 'tasks_columns'],
  ...['broker_api', 'conf', 'db', 'state_save_interval', 'inspect_timeout', 'max_workers'],
  ...['log_file_prefix', 'log_file_max_size', 'log_file_num_backups'],
  ...['log_rotate_when', 'log_rotate_interval', 'log_rotate_mode'],
] as const;
/** The same, on or off: a flag without a value is on. */
export const SWITCHES_WITHOUT_EFFECT = [
  ...['auto_refresh', 'natural_time', 'read_only', 'xheaders', 'persistent', 'log_to_stderr'],
] as const;
const WITHOUT = "Has no effect: it is about Flower's own pages, login, files or log files.";
/** What changes where Flower answers, in a way that there is not here. */
export const NOT_SERVED = ['unix_socket', 'certfile', 'keyfile', 'ca_certs'] as const;

type Switch = (typeof SWITCHES_WITHOUT_EFFECT)[number];
type Ignored = (typeof WITHOUT_EFFECT)[number] | (typeof NOT_SERVED)[number];

function ignored<Key extends Ignored>(keys: readonly Key[], help: string): Record<Key, Option<string | undefined>> {
  const one = (key: Key): Option<string | undefined> =>
    // Some of them are secrets, and none is of any use in a message.
    option(text(), { ...named(key), default: undefined, secret: false, placeholder: 'TEXT', help });
  return Object.fromEntries(keys.map((key) => [key, one(key)])) as Record<Key, Option<string | undefined>>;
}

function ignoredSwitches<Key extends Switch>(keys: readonly Key[]): Record<Key, Option<boolean | undefined>> {
  const one = (key: Key): Option<boolean | undefined> =>
    amended(option(boolean(), { ...named(key), default: undefined, help: WITHOUT }), { fromText: isSaid });
  return Object.fromEntries(keys.map((key) => [key, one(key)])) as Record<Key, Option<boolean | undefined>>;
}

/** Any word counts, since none has an effect. */
function isSaid(given: string): boolean {
  return readTruth(given) ?? true;
}

export const flowerOptions = {
  url_prefix: option(custom(readPrefix, { placeholder: 'PATH' }), {
    ...named('url_prefix'),
    default: undefined,
    help: 'Where /metrics and /healthcheck are answered too: /PATH/metrics and /PATH/healthcheck.',
  }),
  task_runtime_metric_buckets: option(custom(readBounds, { wanted: BOUNDS, placeholder: 'N,N,…' }), {
    ...named('task_runtime_metric_buckets'),
    default: [...PYTHON_BUCKETS],
    help: 'Buckets of flower_task_runtime_seconds, in seconds.',
  }),
  drop_in_max_series: option(integer({ min: 1 }), {
    default: 5000,
    help: prose`
      Most pairs of worker and task name in Flower's metrics. What is over it is counted under worker="other",
      task="other".`,
    cost: 'about 25 series for each pair.',
  }),
  debug: truth({ ...named('debug'), default: false, help: 'The same as our log_level debug.' }),
  ...ignored(WITHOUT_EFFECT, WITHOUT),
  ...ignoredSwitches(SWITCHES_WITHOUT_EFFECT),
  ...ignored(NOT_SERVED, 'Refused: the exporter answers over HTTP on a port.'),
};

/** Tornado's levels; none leaves it to Python, which tells warnings. */
function readLogging(texts: readonly string[]): string {
  const level = lastOf(texts).toLowerCase();
  return level === 'none' ? 'warn' : readLogLevel(level);
}

function readSeconds(texts: readonly string[]): string {
  const given = lastOf(texts);
  if (!/^\d+$/.test(given)) throw new Error('whole seconds, such as 3600');
  return String(Math.max(1, Number(given)));
}

/** An empty one is none. */
function readPrefix(raw: unknown): string | undefined {
  const path = typeof raw === 'string' ? raw.replace(/^\/+|\/+$/g, '') : undefined;
  if (path === '') return undefined;
  if (path === undefined || !/^[\w.~-]+(?:\/[\w.~-]+)*$/.test(path)) throw new Error('a path, such as flower');
  return path;
}

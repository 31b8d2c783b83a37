// The options of Flower: more names for ours where ours mean the same, those that its metrics have, and those of its
// pages, which have no effect here.
import { PYTHON_BUCKETS } from '@celery-watch/celery-protocol';
import {
  type Alias,
  type Amendment,
  boolean,
  custom,
  integer,
  numberList,
  option,
  type Option,
  prose,
  text,
} from '@celery-watch/service';

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
  enable_events: { ...named('enable_events'), fromText: readTruth },
  worker_ttl: {
    aliases: [
      ...flags('purge_offline_workers', readSeconds),
      { env: 'FLOWER_PURGE_OFFLINE_WORKERS', read: readSeconds },
    ],
  },
};

/** What Flower has for its pages, its login and its files. */
export const WITHOUT_EFFECT = [
  ...['auth', 'auth_provider', 'basic_auth', 'oauth2_key', 'oauth2_secret', 'oauth2_redirect_uri', 'cookie_secret'],
  ...['auto_refresh', 'format_task', 'natural_time', 'read_only', 'tasks_columns', 'xheaders'],
  ...['broker_api', 'conf', 'db', 'persistent', 'state_save_interval', 'inspect_timeout', 'max_workers'],
] as const;
/** What changes where Flower answers, in a way that there is not here. */
export const NOT_SERVED = ['unix_socket', 'certfile', 'keyfile', 'ca_certs'] as const;

type Ignored = (typeof WITHOUT_EFFECT)[number] | (typeof NOT_SERVED)[number];

function ignored<Key extends Ignored>(keys: readonly Key[], help: string): Record<Key, Option<string | undefined>> {
  const one = (key: Key): Option<string | undefined> =>
    // Some of them are secrets, and none is of any use in a message.
    option(text(), { ...named(key), default: undefined, secret: false, placeholder: 'TEXT', help });
  return Object.fromEntries(keys.map((key) => [key, one(key)])) as Record<Key, Option<string | undefined>>;
}

export const flowerOptions = {
  url_prefix: option(custom(readPrefix, { placeholder: 'PATH' }), {
    ...named('url_prefix'),
    default: undefined,
    help: 'Where /metrics and /healthcheck are answered too: /PATH/metrics and /PATH/healthcheck.',
  }),
  task_runtime_metric_buckets: option(numberList({ ascending: true, min: 0.000001 }), {
    ...named('task_runtime_metric_buckets'),
    joinedWith: ',',
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
  debug: option(boolean(), { ...named('debug'), default: false, help: 'The same as our log_level debug.' }),
  ...ignored(WITHOUT_EFFECT, "Has no effect: it is about Flower's own pages, login or files."),
  ...ignored(NOT_SERVED, 'Refused: the exporter answers over HTTP on a port.'),
};

const TRUE = new Set(['y', 'yes', 't', 'true', 'on', '1']);
const FALSE = new Set(['n', 'no', 'f', 'false', 'off', '0']);

/** Python's words for yes and no; undefined, which no option takes, for any other. */
function readTruth(given: string): boolean | undefined {
  const word = given.trim().toLowerCase();
  return TRUE.has(word) || (FALSE.has(word) ? false : undefined);
}

function readSeconds([given = '']: readonly string[]): string {
  if (!/^\d+$/.test(given.trim())) throw new Error('whole seconds, such as 3600');
  return String(Math.max(1, Number(given)));
}

function readPrefix(raw: unknown): string {
  const path = typeof raw === 'string' ? raw.replace(/^\/+|\/+$/g, '') : undefined;
  if (path === undefined || !/^[\w.~-]+(?:\/[\w.~-]+)*$/.test(path)) throw new Error('a path, such as flower');
  return path;
}

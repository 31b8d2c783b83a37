// The shape of the configuration file: every key, its kind, its default. Channels bring the keys of their own.
import { boolean, integer, oneOf } from '@celery-watch/service';
import { z } from 'zod';
import { CHANNEL_TYPES, type ChannelTypeName } from '../channels/table.js';
import { duration, listOf, peoplesUrl, plainUrl, secret, secretUrl, texts } from '../settings/fields.js';
import { LOCALES } from '../settings/locale.js';
import { databaseUrlProblem } from '../settings/postgres-url.js';
import { zoneProblem } from '../settings/timezone.js';

/** Where the store is if the file names none. */
export const DEFAULT_STORE = './data/alert-relay.db';

/** The name that the shipped rules give to the alert that always fires. */
export const DEFAULT_WATCHDOG = 'Watchdog';

const locale = oneOf(LOCALES);
const timezone = z.string('an IANA time zone such as Asia/Shanghai or UTC').superRefine((name, context) => {
  const wrong = zoneProblem(name);
  if (wrong !== undefined) context.addIssue(wrong);
});
const name = z
  .string('a name')
  .regex(/^[\w.-]{1,64}$/, 'a name of up to 64 letters, digits, dots, dashes and underscores');

/** `host:port`, `:port` or a port; an IPv6 address in brackets. */
const listen = z.union([z.string(), z.int()], 'an address such as 0.0.0.0:9095').transform((given, context) => {
  const match = /^(?:(\[[0-9a-fA-F:.%]+\]|[^\s:[\]]*):)?(\d{1,5})$/.exec(String(given));
  const port = Number(match?.[2]);
  if (match && port <= 65_535) return { host: match[1] ? match[1].replace(/^\[|\]$/g, '') : undefined, port };
  context.addIssue('an address such as 0.0.0.0:9095');
  return z.NEVER;
});

/** A URL in its place would become a folder, with the password in its name. */
const storePath = z
  .string('a path')
  .min(1)
  .refine((given) => !/:\/\/|^postgres(?:ql)?:/i.test(given), {
    error: 'the path of a file; a PostgreSQL database is named by url or url_file',
  });

const auth = z.union(
  [
    z.literal('none'),
    z.strictObject({ bearer_token: secret() }),
    z.strictObject({ basic: z.strictObject({ username: z.string().min(1), password: secret() }) }),
  ],
  'one of bearer_token (or bearer_token_file), basic: {username, password_file}, or none',
);

/** The keys that every channel has. */
export const COMMON_CHANNEL = {
  name,
  locale: locale.optional(),
  timezone: timezone.optional(),
  /** A folder with templates that replace the built-in ones. */
  templates: z.string().min(1).optional(),
  budget: z
    .strictObject({
      per_minute: integer({ min: 1, max: 100_000 }),
      per_second: integer({ min: 1, max: 1_000 }).optional(),
    })
    .optional(),
  /** Into how many messages a notification may be cut before alerts are shown in lines. */
  max_parts: integer({ min: 1, max: 20 }).optional(),
  timeout: duration({ min: '1s', max: '2m' }).optional(),
};
export const COMMON_CHANNEL_KEYS: readonly string[] = [...Object.keys(COMMON_CHANNEL), 'type'];
export const CHANNEL_TYPE_NAMES = Object.keys(CHANNEL_TYPES) as ChannelTypeName[];

export const commonChannel = z.object({
  ...COMMON_CHANNEL,
  type: oneOf(CHANNEL_TYPE_NAMES),
});

const routeKeys = {
  name: name.optional(),
  matchers: texts('matchers such as [\'severity="critical"\']').optional(),
  channels: listOf(z.string('a list of channel names'), 'a list of channel names').optional(),
  continue: boolean().optional(),
};
export interface RawRoute {
  name?: string | undefined;
  matchers?: readonly string[] | undefined;
  channels?: readonly string[] | undefined;
  continue?: boolean | undefined;
  routes?: readonly RawRoute[] | undefined;
}
const route: z.ZodType<RawRoute> = z.lazy(() =>
  z.strictObject({ ...routeKeys, routes: z.array(route, 'a list of routes').optional() }),
);

export const fileSchema = z.strictObject(
  {
    listen: listen.default({ host: '127.0.0.1', port: 9095 }),
    auth: auth.optional(),
    /** Prometheus's web configuration file, beside this one where its path is not absolute. */
    web_config_file: z.string('the path of a file').min(1).optional(),
    /** For who only reads /metrics. */
    metrics_token: secret().optional(),
    /** One more address, where only /healthz and /readyz are answered, by plain HTTP. */
    probe_listen: listen.optional(),
    storage: z
      .strictObject(
        {
          /** A file of this relay alone, beside the configuration file where it is not absolute. */
          path: storePath.optional(),
          /** A PostgreSQL database, which several relays may share; it takes the place of the file. */
          url: secretUrl(['postgres:', 'postgresql:'], databaseUrlProblem).optional(),
          /** How long what was delivered is kept, with all its attempts. */
          retention: duration({ min: '1m', max: '365d' }).default(30 * 86_400_000),
        },
        '{ path: … }, or { url_file: … } for a PostgreSQL database',
      )
      .prefault({}),
    locale: locale.default('en'),
    timezone: timezone.default('UTC'),
    /** Where people reach the relay: its runbooks are linked below it. */
    external_url: peoplesUrl(),
    grafana_url: peoplesUrl(),
    /** Where runbooks that are paths in a repository are read. */
    runbook_base: plainUrl('https:', 'http:').optional(),
    /** Checked one by one, each against its type. */
    channels: z.array(z.unknown(), 'a list of channels').min(1, 'at least one channel'),
    route,
    fallback: z.string('the name of a channel').optional(),
    watchdog: z
      .union(
        [
          z.literal('none'),
          z.strictObject({
            alertname: z.string().min(1).default(DEFAULT_WATCHDOG),
            timeout: duration({ min: '10s', max: '7d' }).default(300_000),
            channels: texts('a list of channel names').optional(),
          }),
        ],
        'none, or {alertname, timeout, channels}',
      )
      .prefault({}),
    dedup: z
      .strictObject({
        window: duration({ min: '1s', max: '1h' }).default(150_000),
        longest: duration({ min: '1s', max: '1d' }).default(600_000),
      })
      .prefault({}),
    delivery: z
      .strictObject({
        horizon: duration({ min: '1m', max: '30d' }).default(86_400_000),
        timeout: duration({ min: '1s', max: '2m' }).optional(),
      })
      .prefault({}),
    limits: z
      .strictObject({
        body_bytes: integer({ min: 1_000, max: 1_000_000_000 }).default(67_108_864),
        connections: integer({ min: 1, max: 10_000 }).default(256),
      })
      .prefault({}),
    log_level: oneOf(['debug', 'info', 'warn', 'error']).default('info'),
  },
  'keys and values: channels and route at least',
);
export type FileShape = z.infer<typeof fileSchema>;

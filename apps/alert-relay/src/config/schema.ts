// The shape of the configuration file: every key, its kind, its default. Channels bring the keys of their own.
import { z } from 'zod';
import { CHANNEL_TYPES, type ChannelTypeName } from '../channels/table.js';
import { duration, plainUrl, secret, texts } from '../settings/fields.js';
import { isTimezone, LOCALES } from '../settings/locale.js';

/** The name that the shipped rules give to the alert that always fires. */
export const DEFAULT_WATCHDOG = 'Watchdog';

const locale = z.enum(LOCALES, `one of ${LOCALES.join(', ')} is wanted`);
const timezone = z.string().refine(isTimezone, { error: 'an IANA time zone such as Asia/Shanghai or UTC is wanted' });
const name = z
  .string('a name is wanted')
  .regex(/^[\w.-]{1,64}$/, 'a name of up to 64 letters, digits, dots, dashes and underscores is wanted');
const count = (least: number, most: number): z.ZodType<number> =>
  z
    .int(`a whole number from ${least} to ${most} is wanted`)
    .min(least, `at least ${least} is wanted`)
    .max(most, `at most ${most} is wanted`);

/** `host:port`, `:port` or a port; an IPv6 address in brackets. */
const listen = z
  .union([z.string(), z.int()], 'an address such as 0.0.0.0:9095 is wanted')
  .transform((given, context) => {
    const match = /^(?:(\[[0-9a-fA-F:.%]+\]|[^\s:[\]]*):)?(\d{1,5})$/.exec(String(given));
    const port = Number(match?.[2]);
    if (match && port <= 65_535) return { host: match[1] ? match[1].replace(/^\[|\]$/g, '') : undefined, port };
    context.addIssue('an address such as 0.0.0.0:9095 is wanted');
    return z.NEVER;
  });

const auth = z.union(
  [
    z.literal('none'),
    z.strictObject({ bearer_token: secret() }),
    z.strictObject({ basic: z.strictObject({ username: z.string().min(1), password: secret() }) }),
  ],
  'one of bearer_token (or bearer_token_file), basic: {username, password_file}, or none is wanted',
);

/** The keys that every channel has. */
export const COMMON_CHANNEL = {
  name,
  locale: locale.optional(),
  timezone: timezone.optional(),
  /** A folder with templates that replace the built-in ones. */
  templates: z.string().min(1).optional(),
  budget: z.strictObject({ per_minute: count(1, 100_000), per_second: count(1, 1_000).optional() }).optional(),
  /** Into how many messages a notification may be cut before alerts are shown in lines. */
  max_parts: count(1, 20).optional(),
  timeout: duration({ min: '1s', max: '2m' }).optional(),
};
export const COMMON_CHANNEL_KEYS: readonly string[] = [...Object.keys(COMMON_CHANNEL), 'type'];
export const CHANNEL_TYPE_NAMES = Object.keys(CHANNEL_TYPES) as ChannelTypeName[];

export const commonChannel = z.object({
  ...COMMON_CHANNEL,
  type: z.enum(CHANNEL_TYPE_NAMES, `one of ${CHANNEL_TYPE_NAMES.join(', ')} is wanted`),
});

const routeKeys = {
  name: name.optional(),
  matchers: texts('matchers such as [\'severity="critical"\'] are wanted').optional(),
  channels: z.array(z.string(), 'a list of channel names is wanted').optional(),
  continue: z.boolean('true or false is wanted').optional(),
};
export interface RawRoute {
  name?: string | undefined;
  matchers?: readonly string[] | undefined;
  channels?: readonly string[] | undefined;
  continue?: boolean | undefined;
  routes?: readonly RawRoute[] | undefined;
}
const route: z.ZodType<RawRoute> = z.lazy(() =>
  z.strictObject({ ...routeKeys, routes: z.array(route, 'a list of routes is wanted').optional() }),
);

export const fileSchema = z.strictObject(
  {
    listen: listen.default({ host: '127.0.0.1', port: 9095 }),
    auth: auth.optional(),
    storage: z
      .strictObject({
        path: z.string('a path is wanted').min(1).default('./data/alert-relay.db'),
        /** How long delivered notifications are kept. */
        retention: duration({ min: '1m', max: '365d' }).default(7 * 86_400_000),
      })
      .prefault({}),
    locale: locale.default('en'),
    timezone: timezone.default('UTC'),
    /** Where runbooks that are paths in a repository are read. */
    runbook_base: plainUrl('https:', 'http:').optional(),
    /** Checked one by one, each against its type. */
    channels: z.array(z.unknown(), 'a list of channels is wanted').min(1, 'at least one channel is wanted'),
    route,
    fallback: z.string('the name of a channel is wanted').optional(),
    watchdog: z
      .union(
        [
          z.literal('none'),
          z.strictObject({
            alertname: z.string().min(1).default(DEFAULT_WATCHDOG),
            timeout: duration({ min: '10s', max: '7d' }).default(300_000),
            channels: texts('a list of channel names is wanted').optional(),
          }),
        ],
        'none, or {alertname, timeout, channels}, is wanted',
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
        body_bytes: count(1_000, 1_000_000_000).default(67_108_864),
        connections: count(1, 10_000).default(256),
      })
      .prefault({}),
    log_level: z.enum(['debug', 'info', 'warn', 'error'], 'one of debug, info, warn, error is wanted').default('info'),
  },
  'keys and values are wanted: channels and route at least',
);
export type FileShape = z.infer<typeof fileSchema>;

// kombu's Redis transport options, as far as they decide about names: they must equal the workers'
// (docs/protocol/redis.md).

export interface RedisTransportOptions {
  readonly globalKeyprefix: string;
  /** true: `/{db}.`; false: none; text: itself, `{db}` replaced. */
  readonly fanoutPrefix: boolean | string;
  readonly fanoutPatterns: boolean;
  readonly prioritySteps: readonly number[];
  readonly sep: string;
  readonly unackedKey: string;
  readonly unackedIndexKey: string;
  /** Sentinel's name of the master. */
  readonly masterName: string | undefined;
  /** Behind Sentinels: whether workers use the channels of kombu before 5.4 beside their own. */
  readonly sentinelFanoutCompat: boolean;
  /** Options for the connections to the Sentinels themselves; only the password and user are read. */
  readonly sentinelPassword: string | undefined;
  readonly sentinelUsername: string | undefined;
  /** Names of the options that were set, and are not at kombu's default for want of it. */
  readonly given: readonly string[];
}

export const DEFAULT_TRANSPORT_OPTIONS: RedisTransportOptions = Object.freeze({
  globalKeyprefix: '',
  fanoutPrefix: true,
  fanoutPatterns: true,
  prioritySteps: [0, 3, 6, 9],
  sep: '\x06\x16',
  unackedKey: 'unacked',
  unackedIndexKey: 'unacked_index',
  masterName: undefined,
  sentinelFanoutCompat: false,
  sentinelPassword: undefined,
  sentinelUsername: undefined,
  given: Object.freeze([]),
});

/**
 * Reads `broker_transport_options`. Options that say nothing about names (visibility_timeout, socket_timeout, …) are
 * passed over; one that does and is malformed becomes a problem: `option: what was wanted, not what it is`, without
 * secrets.
 */
export function readTransportOptions(raw: Readonly<Record<string, unknown>>): {
  options: RedisTransportOptions;
  problems: string[];
} {
  const problems: string[] = [];
  const given: string[] = [];
  const field = <T>(key: string, isRight: (value: unknown) => value is T, wanted: string, fallback: T): T => {
    const value = raw[key];
    if (value === undefined) return fallback;
    if (isRight(value)) {
      given.push(key);
      return value;
    }
    problems.push(`${key}: ${wanted}, not ${key === 'sentinel_kwargs' ? 'what it is' : JSON.stringify(value)}`);
    return fallback;
  };
  const d = DEFAULT_TRANSPORT_OPTIONS;
  const sentinel = field('sentinel_kwargs', isObject, 'an object like {"password": "…"}', {});
  const secret = (key: string): string | undefined => {
    const value = sentinel[key];
    if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
    problems.push(`sentinel_kwargs.${key}: a text`);
    return undefined;
  };
  const options: RedisTransportOptions = {
    globalKeyprefix: field('global_keyprefix', isText, 'a text', d.globalKeyprefix),
    fanoutPrefix: field(
      'fanout_prefix',
      isFanoutPrefix,
      'true, false or a text like "/{db}." with no other braces',
      d.fanoutPrefix,
    ),
    fanoutPatterns: field('fanout_patterns', isBoolean, 'true or false', d.fanoutPatterns),
    prioritySteps: field(
      'priority_steps',
      isSteps,
      'an ascending list of whole numbers like [0, 3, 6, 9]',
      d.prioritySteps,
    ),
    sep: field('sep', isFilledText, 'a text that is not empty', d.sep),
    unackedKey: field('unacked_key', isFilledText, 'a text that is not empty', d.unackedKey),
    unackedIndexKey: field('unacked_index_key', isFilledText, 'a text that is not empty', d.unackedIndexKey),
    masterName: field('master_name', isFilledText, 'the name of the master as the Sentinels know it', '') || undefined,
    sentinelFanoutCompat: field('sentinel_fanout_compat', isBoolean, 'true or false', d.sentinelFanoutCompat),
    sentinelPassword: secret('password'),
    sentinelUsername: secret('username'),
    given: Object.freeze(given),
  };
  return { options: Object.freeze(options), problems };
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isFilledText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
/** kombu puts the text through Python's str.format, which stumbles over any other brace. */
const isFanoutPrefix = (value: unknown): value is string | boolean =>
  isBoolean(value) || (isText(value) && !/[{}]/.test(value.replaceAll('{db}', '')));
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSteps = (value: unknown): value is readonly number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((step, i) => Number.isInteger(step) && step >= 0 && (i === 0 || step > (value[i - 1] as number)));

// The names of Celery's channels and keys on Redis: one function from options to names (docs/protocol/redis.md).
import { DEFAULT_TRANSPORT_OPTIONS, type RedisTransportOptions } from './transport-options.js';

export interface RedisNames {
  /**
   * Patterns for PSUBSCRIBE that do not overlap: each event arrives once, with fanout_patterns on or off
   * (docs/protocol/redis.md#subscribing).
   */
  readonly eventPatterns: readonly [string, string];
  /** Channel to PUBLISH remote control to. */
  readonly controlChannel: string;
  /**
   * The lists of one queue, one for each priority step (docs/protocol/redis.md#priority-steps); the queue's length is
   * the sum of theirs.
   */
  queueKeys(queue: string): readonly string[];
  /** The hashes of unacknowledged messages: one, unless workers disagree about its name. */
  readonly unackedKeys: readonly string[];
  readonly unackedIndexKey: string;
  /** The set of bindings of an exchange; each member is routing key, pattern and queue, joined by the option `sep`. */
  bindingKey(exchange: string): string;
  /**
   * The queues that a member of a binding set may name: none for what is not a binding, and one, unless workers
   * disagree about `sep` and two of theirs make three parts of it.
   */
  queuesOfBinding(member: string): readonly string[];
  /** The key of a list that a worker is told by its bare name, like a reply list. */
  listKey(name: string): string;
}

export interface ExchangeNames {
  /** Setting event_exchange. */
  readonly eventExchange: string;
  /** Setting control_exchange; `.pidbox` is added. */
  readonly controlExchange: string;
}

/** Where kombu forgets to put the database's number. */
const NO_NUMBER = '{db}';

/**
 * The names behind Sentinels, one or two sets that differ in channels only. Before version 5.4 kombu leaves `{db}` in
 * the channels there as it stands, and workers of both kinds may run side by side. With sentinel_fanout_compat the
 * newer ones use the old channels beside their own: then these reach everybody, and the others would bring every event
 * twice (docs/protocol/redis.md#sentinel).
 */
export function sentinelNames(
  options: RedisTransportOptions,
  db: number,
  exchanges: ExchangeNames,
): readonly [RedisNames, ...RedisNames[]] {
  const old = redisNames(options, NO_NUMBER, exchanges);
  const names = redisNames(options, db, exchanges);
  return options.sentinelFanoutCompat || old.controlChannel === names.controlChannel ? [old] : [names, old];
}

/**
 * The names of one database (docs/protocol/redis.md#channels, docs/protocol/redis.md#keys).
 * @param db the number of the broker's database: PUB/SUB ignores it, so kombu puts it into the channel's name
 */
export function redisNames(
  options: RedisTransportOptions,
  db: number | typeof NO_NUMBER,
  exchanges: ExchangeNames,
): RedisNames {
  const prefix = options.globalKeyprefix;
  const fanout = options.fanoutPrefix === true ? '/{db}.' : options.fanoutPrefix === false ? '' : options.fanoutPrefix;
  const channel = (exchange: string): string => prefix + fanout.replaceAll(NO_NUMBER, String(db)) + exchange;
  const events = escapePattern(channel(exchanges.eventExchange));
  return {
    eventPatterns: [`${events}/*`, events],
    controlChannel: channel(`${exchanges.controlExchange}.pidbox`),
    // kombu writes no suffix for step 0 only.
    queueKeys: (queue) =>
      options.prioritySteps.map((step) => prefix + (step === 0 ? queue : queue + options.sep + String(step))),
    unackedKeys: [prefix + options.unackedKey],
    unackedIndexKey: prefix + options.unackedIndexKey,
    bindingKey: (exchange) => `${prefix}_kombu.binding.${exchange}`,
    queuesOfBinding: (member) => {
      const queue = queueOfBinding(member, options.sep);
      return queue === undefined ? [] : [queue];
    },
    listKey: (name) => prefix + name,
  };
}

/** The names that any of them uses for keys; channels, the prefix and the lists of replies are the first one's. */
export function joinNames([first, ...others]: readonly [RedisNames, ...RedisNames[]]): RedisNames {
  const all = [first, ...others];
  return {
    ...first,
    queueKeys: (queue) => [...new Set(all.flatMap((names) => names.queueKeys(queue)))],
    unackedKeys: [...new Set(all.flatMap((names) => names.unackedKeys))],
    queuesOfBinding: (member) => [...new Set(all.flatMap((names) => names.queuesOfBinding(member)))],
  };
}

/**
 * The same for one who knows the separator: kombu joins the parts of a binding by the option `sep`, as it does keys and
 * steps (docs/protocol/redis.md#bindings).
 */
export function queueOfBinding(member: string, sep: string = DEFAULT_TRANSPORT_OPTIONS.sep): string | undefined {
  const parts = member.split(sep);
  return parts.length === 3 && parts[2] !== '' ? parts[2] : undefined;
}

/** Escapes what Redis would read as a glob in a configured name. */
function escapePattern(name: string): string {
  return name.replace(/[*?[\]\\]/g, '\\$&');
}

// The workers' transport options against the exporter's own: what is taken over, and where two of them disagree.
import type { RedisTransportOptions, StatedBroker } from '@celery-watch/celery-protocol';
import type { Worker } from '../workers/worker.js';

/** A setting that decides under which keys messages are looked for, as Celery calls it. */
export type StatedSetting = 'priority_steps' | 'sep' | 'unacked_key';

export interface Disagreement {
  readonly setting: StatedSetting;
  /** What the exporter was told, or what kombu takes when nobody says anything; as JSON. */
  readonly ours: string;
  /** Whether the exporter was told it: then it stays. */
  readonly given: boolean;
  /** What workers say, as JSON, and which of them; the most first. */
  readonly theirs: readonly { readonly value: string; readonly nodenames: readonly string[] }[];
}

export interface StatedSettings {
  /** Under which the queues are read: one for each way in which workers name keys. */
  readonly readUnder: readonly [RedisTransportOptions, ...RedisTransportOptions[]];
  readonly disagreements: readonly Disagreement[];
  /** Whether unacknowledged messages can be counted: none of those that tell it keeps them out of Redis. */
  readonly keepsUnacked: boolean;
}

const VALUES: Readonly<Record<StatedSetting, (options: RedisTransportOptions) => unknown>> = {
  priority_steps: (options) => options.prioritySteps,
  sep: (options) => options.sep,
  unacked_key: (options) => options.unackedKey,
};
const SETTINGS = Object.keys(VALUES) as readonly StatedSetting[];
/** Each is some keys more for each queue at each reading. */
const MOST_WAYS = 8;

/**
 * Holds the workers' words against the exporter's options. What it was told goes before what workers say; what it was
 * not told is theirs. Undefined where no worker says anything: then what was known before still holds.
 */
export function settle(ours: RedisTransportOptions, workers: Iterable<Worker>): StatedSettings | undefined {
  const given = new Set(ours.given);
  const ways = new Map<string, RedisTransportOptions>();
  const said = new Map<StatedSetting, Map<string, string[]>>(SETTINGS.map((setting) => [setting, new Map()]));
  let keepsUnacked = true;
  for (const worker of workers) {
    const stated: StatedBroker | undefined = worker.pool?.broker;
    if (stated === undefined) continue;
    keepsUnacked &&= stated.keepsUnacked;
    const { options } = stated;
    const way: RedisTransportOptions = {
      ...ours,
      prioritySteps: (given.has('priority_steps') ? ours : options).prioritySteps,
      sep: (given.has('sep') ? ours : options).sep,
      unackedKey: (given.has('unacked_key') ? ours : options).unackedKey,
    };
    const key = JSON.stringify(SETTINGS.map((setting) => VALUES[setting](way)));
    if (ways.size < MOST_WAYS) ways.set(key, ways.get(key) ?? way);
    for (const [setting, values] of said) {
      const value = JSON.stringify(VALUES[setting](options));
      const nodenames = values.get(value);
      if (nodenames === undefined) values.set(value, [worker.nodename]);
      else nodenames.push(worker.nodename);
    }
  }
  const [first, ...others] = [...ways.values()];
  if (first === undefined) return undefined;
  const disagreements = SETTINGS.flatMap((setting): Disagreement[] => {
    const own = JSON.stringify(VALUES[setting](ours));
    const values = said.get(setting) ?? new Map<string, string[]>();
    if (values.size === 1 && values.has(own)) return [];
    const theirs = [...values]
      .map(([value, nodenames]) => ({ value, nodenames }))
      .sort((a, b) => b.nodenames.length - a.nodenames.length);
    return [{ setting, ours: own, given: given.has(setting), theirs }];
  });
  return { readUnder: [first, ...others], disagreements, keepsUnacked };
}

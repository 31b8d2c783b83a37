// The workers' transport options against the exporter's own: what is taken over, and where two of them disagree.
import type { RedisTransportOptions, StatedBroker } from '@celery-watch/celery-protocol';
import type { Worker } from '../workers/worker.js';
import { type ControlReach, isSomebodyUnheard } from './consumers.js';

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
  /** Why messages are also looked for as the exporter would by itself; undefined where that is not done. */
  readonly besides?: Besides;
}

/** Whoever has not told its settings may have put messages where the exporter looks by itself. */
export interface Besides {
  /** Workers that never told them; none where somebody is there of whom not even the name is known. */
  readonly untold: readonly string[];
}

export interface StatedSettings {
  /** Under which the queues are read: one for each way in which workers name keys, and ours where one has not said. */
  readonly readUnder: readonly [RedisTransportOptions, ...RedisTransportOptions[]];
  /** The ways that workers told, those first that tell it now: messages stay where workers put them that are gone. */
  readonly told: readonly RedisTransportOptions[];
  /** Workers that never told their settings, those included that are gone. */
  readonly untold: readonly string[];
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
/** Names that are kept of workers that never told their settings; one is enough to go on looking for them. */
const MOST_UNTOLD = 100;

/** What is known of the workers, for `settle`. */
export interface StatingFacts {
  readonly workers: Iterable<Worker>;
  /** The last question to all workers; undefined before the first. */
  readonly reach: ControlReach | undefined;
  /** What was settled before. */
  readonly before: StatedSettings | undefined;
}

/**
 * Holds the workers' words against the exporter's options. What it was told goes before what workers say; what it was
 * not told is theirs. As long as one of them has not said it, ours stay among those that are read. Undefined where no
 * worker says anything: then what was known before still holds.
 */
export function settle(
  ours: RedisTransportOptions,
  { workers, reach, before }: StatingFacts,
): StatedSettings | undefined {
  const given = new Set(ours.given);
  const ways = new Map<string, RedisTransportOptions>();
  const said = new Map<StatedSetting, Map<string, string[]>>(SETTINGS.map((setting) => [setting, new Map()]));
  const untold = new Set(before?.untold);
  let keepsUnacked = true;
  for (const worker of workers) {
    const stated: StatedBroker | undefined = worker.pool?.broker;
    if (stated === undefined) {
      if (untold.size < MOST_UNTOLD) untold.add(worker.nodename);
      continue;
    }
    untold.delete(worker.nodename);
    keepsUnacked &&= stated.keepsUnacked;
    const { options } = stated;
    const way: RedisTransportOptions = {
      ...ours,
      prioritySteps: (given.has('priority_steps') ? ours : options).prioritySteps,
      sep: (given.has('sep') ? ours : options).sep,
      unackedKey: (given.has('unacked_key') ? ours : options).unackedKey,
    };
    if (!ways.has(keyOf(way))) ways.set(keyOf(way), way);
    for (const [setting, values] of said) {
      const value = JSON.stringify(VALUES[setting](options));
      const nodenames = values.get(value);
      if (nodenames === undefined) values.set(value, [worker.nodename]);
      else nodenames.push(worker.nodename);
    }
  }
  if (ways.size === 0) return undefined;
  for (const way of before?.told ?? []) if (!ways.has(keyOf(way))) ways.set(keyOf(way), way);
  const isOwnRead = untold.size > 0 || isSomebodyUnheard(workers, reach);
  const told = [...ways.values()].slice(0, MOST_WAYS);
  const besides = isOwnRead && !told.some((way) => keyOf(way) === keyOf(ours)) ? { untold: [...untold] } : undefined;
  const [first = ours, ...others] = besides === undefined ? told : [...told.slice(0, MOST_WAYS - 1), ours];
  const disagreements = SETTINGS.flatMap((setting): Disagreement[] => {
    const own = JSON.stringify(VALUES[setting](ours));
    const values = said.get(setting) ?? new Map<string, string[]>();
    if (values.size === 1 && values.has(own)) return [];
    const theirs = [...values]
      .map(([value, nodenames]) => ({ value, nodenames }))
      .sort((a, b) => b.nodenames.length - a.nodenames.length);
    return [{ setting, ours: own, given: given.has(setting), theirs, ...(besides && { besides }) }];
  });
  return { readUnder: [first, ...others], told, untold: [...untold], disagreements, keepsUnacked };
}

/** The same for two that name keys alike. */
function keyOf(way: RedisTransportOptions): string {
  return JSON.stringify(SETTINGS.map((setting) => VALUES[setting](way)));
}

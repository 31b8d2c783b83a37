// Replays dead letters only to channels of the configuration: for any other they would wait without ever being sent.
import type { DeadFilter, DeadLetters, Upkeep } from './outbox.js';
import { MOST_LISTED } from './rules.js';

export type Replay =
  { readonly kind: 'replayed'; readonly count: number } | { readonly kind: 'refused'; readonly why: string };

/**
 * Nothing is replayed where `to`, or without it the channel of one of the letters, is not in `channels`, those of the
 * configuration.
 */
export async function replayToKnown(
  store: DeadLetters & Upkeep,
  filter: DeadFilter,
  channels: readonly string[],
  now: number,
  to?: string,
): Promise<Replay> {
  const goals = to === undefined ? await channelsOf(store, filter) : [to];
  const unknown = goals.filter((name) => !channels.includes(name));
  if (unknown.length === 0) return { kind: 'replayed', count: await store.replayDead(filter, now, to) };
  const many = unknown.length > 1;
  return {
    kind: 'refused',
    why:
      `${unknown.join(', ')} ${many ? 'are channels' : 'is a channel'} that the configuration does not have. Say ` +
      `where to instead (--to): the channels are ${channels.join(', ')}`,
  };
}

async function channelsOf(store: DeadLetters & Upkeep, { ids, channel }: DeadFilter): Promise<readonly string[]> {
  const held = new Set(ids === undefined ? (await store.figures()).dead.keys() : []);
  for (let from = 0; from < (ids?.length ?? 0); from += MOST_LISTED) {
    for (const letter of await store.listDead({ ids: ids?.slice(from, from + MOST_LISTED) ?? [] }, MOST_LISTED))
      held.add(letter.channel);
  }
  return [...held].filter((name) => channel === undefined || name === channel);
}

// Attempts in memory, and what each channel was told of each incident where its server gave receipts.
import type { Conversation } from '../../notification/index.js';
import { endsOf, keptAttempt } from '../history-rules.js';
import type { Attempt } from '../outbox.js';
import type { Held } from './backlogs.js';

export class MemoryConversations {
  readonly #conversations = new Map<string, Conversation & { readonly channel: string }>();

  /** Attempts that ended, for all that their message holds. */
  keep(held: Held, attempts: readonly Attempt[] | undefined): void {
    const { uuid: messageId, channel } = held;
    const kept = (attempts ?? []).map((each) => keptAttempt(each, { messageId, channel }));
    for (const each of held.deliveries) each.sends.push(...kept);
    const ends = endsOf(attempts);
    if (ends === undefined) return;
    for (const [key, { group, episode }] of incidentsOf(held)) {
      const root = this.#conversations.get(key)?.root ?? ends.first;
      this.#conversations.set(key, { channel, group, episode, root, last: ends.last });
    }
  }

  of(held: Held): Conversation[] {
    return [...incidentsOf(held).keys()].flatMap((key) => {
      const found = this.#conversations.get(key);
      return found === undefined
        ? []
        : [{ group: found.group, episode: found.episode, root: found.root, last: found.last }];
    });
  }

  /** How many went. @param waits whether anything of a group waits for a channel */
  prune(before: number, waits: (channel: string, group: string) => boolean): number {
    let forgotten = 0;
    for (const [key, { channel, group, last }] of this.#conversations)
      if (last.at < before && !waits(channel, group) && this.#conversations.delete(key)) forgotten += 1;
    return forgotten;
  }
}

function incidentsOf({
  channel,
  deliveries,
}: Held): ReadonlyMap<string, { readonly group: string; readonly episode: string }> {
  return new Map(
    deliveries.map(({ stored: { content } }) => {
      const [group, episode] = [content.group.key, content.episode.id];
      return [JSON.stringify([channel, group, episode]), { group, episode }];
    }),
  );
}

// Takes posts out of quarantine as if they had just come: after the program has learned to read them, or a person has
// mended what stood in the way.
import type { Quarantine } from '../outbox/outbox.js';
import type { Acceptor } from './acceptor.js';
import { parsePost } from './payload.js';

/** What became of one post; it has left the quarantine only where it is `accepted`. */
export type Fed =
  | { readonly id: number; readonly outcome: 'accepted'; readonly channels: readonly string[] }
  /** `why` completes "it is …". */
  | { readonly id: number; readonly outcome: 'unreadable'; readonly why: string }
  | { readonly id: number; readonly outcome: 'unavailable'; readonly why: string }
  | { readonly id: number; readonly outcome: 'unknown' };

/**
 * One after the other, the oldest first: of an alert that fired and ended, the end must not be read before it. What
 * still cannot be read is left alone: taken again, it would only come back into quarantine,
 * and people would be told again.
 */
export async function feedAgain(
  { acceptor, store, now }: { readonly acceptor: Acceptor; readonly store: Quarantine; readonly now: () => number },
  ids: readonly number[],
): Promise<readonly Fed[]> {
  const fed: Fed[] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) fed.push(await feedOne(id));
  return fed;

  async function feedOne(id: number): Promise<Fed> {
    const post = await store.quarantined(id);
    if (post === undefined) return { id, outcome: 'unknown' };
    const why = whyUnreadable(post.content, now());
    if (why !== undefined) return { id, outcome: 'unreadable', why };
    const { status, body } = await acceptor.accept(post.content);
    if (status !== 200) return { id, outcome: 'unavailable', why: String(body['error']) };
    await store.dropQuarantined([id]);
    const { channels } = body;
    return { id, outcome: 'accepted', channels: Array.isArray(channels) ? channels.map(String) : [] };
  }
}

function whyUnreadable(content: Uint8Array, now: number): string | undefined {
  const parsed = parsePost(content, now);
  if (parsed.kind === 'unreadable') return parsed.reason;
  if (parsed.kind === 'unknown') return 'JSON, but not a webhook of AlertManager';
  return parsed.post.odd === undefined
    ? undefined
    : `a post with alerts that cannot be read: ${parsed.post.odd.why.join('; ')}`;
}

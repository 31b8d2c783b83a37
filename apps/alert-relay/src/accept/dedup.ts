// Is it news? The decision for each alert of a post, from what was last seen of it
// (docs/protocol/alertmanager.md#twins). Pure: the time is a parameter.
import type { AlertStatus } from '../notification/index.js';
import type { AlertState } from '../outbox/outbox.js';

export type Kind = 'news' | 'reminder' | 'duplicate';

export interface DedupWindow {
  /** A post without a difference within this time of the last one is a retry or a cluster twin. Milliseconds. */
  readonly windowMs: number;
  /** Duplicates in a row are suppressed for no longer than this. Milliseconds. */
  readonly longestMs: number;
}

/**
 * What an alert's post is, given what was stored of its episode. Where the clock has jumped and nothing can be known,
 * people are told.
 */
export function decide(
  previous: AlertState | undefined,
  status: AlertStatus,
  now: number,
  { windowMs, longestMs }: DedupWindow,
): Kind {
  if (previous === undefined || previous.status !== status) return 'news';
  const sinceSeen = Math.abs(now - previous.seenAt);
  const sinceTold = Math.abs(now - previous.toldAt);
  return sinceSeen <= windowMs && sinceTold <= longestMs ? 'duplicate' : 'reminder';
}

/** What is stored after the decision. */
export function nextState(previous: AlertState | undefined, kind: Kind, status: AlertStatus, now: number): AlertState {
  return { status, seenAt: now, toldAt: kind === 'duplicate' ? (previous?.toldAt ?? now) : now };
}

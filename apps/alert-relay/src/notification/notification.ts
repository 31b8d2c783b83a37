// What the outbox carries: the changes of one post's group that one set of channels must learn of.
import type { Alert, Group } from './alert.js';

/** From the first firing of a group to the moment when nothing of it fires: what an e-mail thread spans. */
export interface GroupEpisode {
  readonly id: string;
  /** True in the notification that opened it. */
  readonly opened: boolean;
}

export interface Notification {
  /**
   * `news`: something changed. `reminder`: nothing changed, AlertManager repeats its post, and people should know that
   * it still fires.
   */
  readonly kind: 'news' | 'reminder';
  readonly group: Group;
  readonly episode: GroupEpisode;
  /** Milliseconds since 1970: when the post was accepted. */
  readonly acceptedAt: number;
  /** What changed, or what is reminded of. Never empty. */
  readonly changes: readonly Alert[];
  /** What else fires in the group without a change: how many, and the first few. */
  readonly standing: { readonly count: number; readonly alerts: readonly Alert[] };
  /** How many alerts AlertManager left out of its post (`max_alerts`). */
  readonly truncated: number;
  /** Present where another channel gave up on it and this one, the fallback, is to tell. */
  readonly undelivered?: { readonly channel: string; readonly reason: string };
}

/** How many standing alerts a notification carries; the others are a number. */
export const STANDING_SHOWN = 20;

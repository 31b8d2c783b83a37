// What every implementation of the outbox decides in the same way.
import { clip } from '@celery-watch/service/texts';
import { nameOf, rank, urgencyOf, type Notification, type PlannedPart, type Reason } from '../notification/index.js';
import type { NotificationSummary, Settlement } from './outbox.js';

/** The rank below `info`: nothing of it fires. */
export const CALM = 3;

/**
 * The rank of the most urgent alert that a notification says fires: 0 is critical; `CALM` where it tells only of ends.
 */
export function urgencyRank(notification: Notification): number {
  return notification.changes.reduce(
    (best, alert) => (alert.status === 'firing' ? Math.min(best, rank(urgencyOf(alert))) : best),
    CALM,
  );
}

/**
 * Whether a message that is kept for another try may have been shown already: not where its plan says what arrived and
 * that nothing else can have.
 */
export function isAmbiguous(before: boolean, plan: readonly PlannedPart[] | undefined): boolean {
  if (before || plan === undefined) return true;
  return plan.some((part) => part.state === 'ambiguous') || !plan.some((part) => part.state === 'delivered');
}

/** Whether a part of it was, or may have been, delivered. */
export function isUnderway(plan: readonly PlannedPart[] | undefined): boolean {
  return plan?.some((part) => part.state !== 'waiting') ?? false;
}

/**
 * The channel that is to tell of a notification that another channel gave up. A copy is not copied again, and the
 * fallback has no fallback.
 */
export function fallbackFor(channel: string, fallback: string | undefined, isCopy: boolean): string | undefined {
  return isCopy || fallback === channel ? undefined : fallback;
}

/** Why a delivery becomes a dead letter, and the channel that is to tell of it. Milliseconds since 1970. */
export interface DeadLetterCause {
  readonly at: number;
  readonly reason: Reason;
  readonly detail: string;
  readonly fallback: string | undefined;
}

/** So many dead letters in one list at most. */
export const MOST_LISTED = 1_000;

/** How many a list may have, whatever was asked for. */
export function boundedLimit(limit: number): number {
  return Number.isNaN(limit) ? MOST_LISTED : Math.trunc(Math.min(Math.max(limit, 1), MOST_LISTED));
}

/**
 * After so many claims in a row that nobody settled a message is given up: it may be what ended the process each time.
 */
const MOST_LOST = 5;

/** Why a message is given up whose last claims were never settled; undefined while it may be claimed again. */
export function givenUpByLosses(lost: number): { readonly reason: 'unsendable'; readonly detail: string } | undefined {
  return lost < MOST_LOST
    ? undefined
    : {
        reason: 'unsendable',
        detail: `the relay did not survive sending it: ${lost} attempts never came to an end; it may have been delivered`,
      };
}

/** How much of a store and of memory the content of a notification takes: bytes of its JSON. */
export function bytesOf(json: string): number {
  return Buffer.byteLength(json);
}

/** What a delivery may share its message with: anything, its own group only, nothing. */
export const ALONE = { no: 0, group: 1, notification: 2 } as const;

/**
 * What the deliveries of a refused message may share their next one with. @param groups how many the refused one had
 */
export function aloneAfter(groups: number): number {
  return groups > 1 ? ALONE.group : ALONE.notification;
}

type Retry = Extract<Settlement, { kind: 'retry' }>;

/** Of what ran out of time: it says what the last attempt ended with. */
export function expiredBy({ at, reason, detail, fallback }: Retry): DeadLetterCause {
  return { at, reason: 'expired', detail: `${reason}: ${detail}`, fallback };
}

/** Of what waits for a channel that no configuration has. */
export function channelRemoved(at: number, fallback: string | undefined): DeadLetterCause {
  return { at, reason: 'channel_removed', detail: 'the channel is not in the configuration any more', fallback };
}

/** How many attempts ended without an answer that could be understood, this one among them. */
export function unclearAfter(before: number, { unclear }: Retry): number {
  return before + (unclear ? 1 : 0);
}

/** Whether a message of which nothing was sent in this claim stays one message: it was one, or part of it is there. */
export function staysOne(wasKept: boolean, plan: readonly PlannedPart[] | undefined): boolean {
  return wasKept || isUnderway(plan);
}

/**
 * No wait and no lease is longer, so what lies further in the future is no time of this store's: version 1 went by the
 * clock, which may have been set back since. It is due. Milliseconds.
 */
export const LONGEST_WAIT_MS = 3_600_000;

/** Whether its time has come. Milliseconds since 1970. */
export function isDue(dueAt: number, now: number): boolean {
  return dueAt <= now || dueAt > now + LONGEST_WAIT_MS;
}

/** The time for the next try, as far as it may lie in the future. */
export function boundedWait(notBefore: number, now: number): number {
  return Math.min(notBefore, now + LONGEST_WAIT_MS);
}

/** So many of what is held back are given at once. */
export const HELD_AT_ONCE = 20;

/** Bounds of a summary. */
const NAMES = 20;
const LABELS = 20;
const CHARACTERS = 200;

export function summaryOf({ group, changes, acceptedAt }: Notification): NotificationSummary {
  const names = Map.groupBy(changes, nameOf);
  return {
    group: {
      receiver: clip(group.receiver, CHARACTERS),
      labels: Object.fromEntries(
        Object.keys(group.labels)
          .slice(0, LABELS)
          .map((name) => [clip(name, CHARACTERS), clip(group.labels[name] ?? '', CHARACTERS)]),
      ),
    },
    alerts: [...names].slice(0, NAMES).map(([name, { length }]) => ({ name: clip(name, CHARACTERS), count: length })),
    acceptedAt,
  };
}

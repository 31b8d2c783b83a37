// What one alert of a post is, given what is remembered of it: news, a reminder, a duplicate, or a word that is not
// believed yet; and what is remembered from then on. Pure.
import type { Alert } from '../notification/index.js';
import type { AlertState } from '../outbox/outbox.js';

/** `held`: an old firing, posted just after its end. Most likely a second AlertManager is late: it is held back. */
export type AlertKind = 'news' | 'reminder' | 'duplicate' | 'held';

export interface DedupWindow {
  /**
   * A post that differs in nothing from the last one is a duplicate within this time: AlertManager's own retry, or the
   * same post from another member of its cluster (docs/protocol/alertmanager.md#twins). Milliseconds.
   */
  readonly windowMs: number;
  /** Duplicates in a row are suppressed for no longer than this. Milliseconds. */
  readonly longestMs: number;
}

/** Why AlertManager says it posts (docs/protocol/alertmanager.md#reason): a repetition, or a change. */
export type PostReason = 'repeat' | 'change';

export interface JudgePolicy extends DedupWindow {
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly reason?: PostReason | undefined;
  /** It was held back until then, and its time has come. */
  readonly heldUntil?: number | undefined;
}

export interface Judgement {
  readonly kind: AlertKind;
  /** What is remembered. */
  readonly state: AlertState;
  /** It fires again: when it had ended. */
  readonly endedBefore?: number;
}

/** A twin of a cluster posts within this time: each member waits 15 s longer than the one before. */
const TWIN_MS = 60_000;
const SKEW_MS = 5_000;
const ROUNDING_MS = 1_000;
/** Nothing is held back longer. */
export const LONGEST_HOLD_MS = TWIN_MS;
/** Clocks of two machines, and evaluations of two Prometheus servers, differ by so much without meaning anything. */
const CLEARLY_MS = 30_000;
/** A start that moves is the same episode, unless nobody has heard of the alert for so long. */
const ANOTHER_MS = 3_600_000;
/** An end that is longer ago is nothing that people still have in mind. */
const AGAIN_MS = 3_600_000;

/** How long an old firing is held back after its end: a late twin takes it back within this time. */
export function holdOf({ windowMs }: DedupWindow): number {
  return Math.min(windowMs, LONGEST_HOLD_MS);
}

/**
 * The decision. An alert that fires is one episode until its end is posted, whatever start a post names: the replicas
 * of Prometheus each have their own. Where the clock has jumped and nothing can be known, people are told.
 */
export function judge(known: AlertState | undefined, alert: Alert, policy: JudgePolicy): Judgement {
  const { now, heldUntil } = policy;
  if (heldUntil !== undefined && isTakenBack(known?.heldUntil, heldUntil)) return unchanged(known, alert, now);
  const previous = known === undefined ? undefined : believed(known, now);
  const startsAt = alert.startsAt === undefined ? undefined : notAfter(now, alert.startsAt);
  if (alert.status === 'firing') {
    if (previous === undefined) return news(firing(startsAt ?? now, now));
    return previous.status === 'firing' ? firesOn(previous, startsAt, policy) : firesAgain(previous, startsAt, policy);
  }
  const endedAt = notAfter(now, alert.endsAt ?? now);
  if (previous === undefined) return news(ended(startsAt, endedAt, now));
  return previous.status === 'firing'
    ? ends(previous, startsAt, endedAt, policy)
    : endsAgain(previous, startsAt, endedAt, now);
}

function firesOn(previous: AlertState, startsAt: number | undefined, policy: JudgePolicy): Judgement {
  const { now } = policy;
  // Its end was never posted (silenced, or send_resolved off), and it began long after it was last seen.
  if (isAnother(previous, startsAt)) return news(firing(startsAt ?? now, now));
  const kind = sameAgain(previous, policy);
  const began = earliest(previous.startsAt, ownStart(previous, startsAt)) ?? previous.seenAt;
  const toldAt = kind === 'duplicate' ? previous.toldAt : now;
  return { kind, state: { ...previous, startsAt: began, seenAt: now, toldAt } };
}

function firesAgain(previous: AlertState, startsAt: number | undefined, policy: JudgePolicy): Judgement {
  const { now, windowMs, heldUntil } = policy;
  const endedBefore = previous.endedAt ?? previous.seenAt;
  const isOld = isOfEnded(previous, startsAt, endedBefore);
  if (isOld && heldUntil === undefined && Math.abs(now - previous.seenAt) <= windowMs)
    return { kind: 'held', state: { ...previous, heldUntil: previous.heldUntil ?? now + holdOf(policy) } };
  const isRecent = isOld || now - endedBefore <= AGAIN_MS;
  const state = { ...firing(startsAt ?? now, now), endedAt: endedBefore };
  return { ...news(state), ...(isRecent && { endedBefore }) };
}

function ends(previous: AlertState, startsAt: number | undefined, endedAt: number, policy: JudgePolicy): Judgement {
  const { now } = policy;
  // The end of an episode before this one, posted late. Starts and ends may be in whole seconds.
  const isLate =
    startsAt !== undefined &&
    previous.startsAt !== undefined &&
    startsAt < previous.startsAt &&
    (endedAt <= previous.startsAt || endedAt === previous.endedAt);
  if (isLate) return { kind: 'duplicate', state: previous };
  const began = isAnother(previous, startsAt) ? startsAt : earliest(previous.startsAt, ownStart(previous, startsAt));
  return news(ended(began, endedAt, now));
}

function endsAgain(previous: AlertState, startsAt: number | undefined, endedAt: number, now: number): Judgement {
  // An episode that began after the known end: people never heard that it fired.
  const knownEnd = previous.endedAt ?? previous.seenAt;
  const isAfter = (moment: number): boolean =>
    moment > knownEnd || (moment === knownEnd && moment !== previous.startsAt);
  if (startsAt !== undefined && isAfter(startsAt) && endedAt > knownEnd) return news(ended(startsAt, endedAt, now));
  const { status, toldAt, startsAt: began, endedAt: end } = previous;
  return {
    kind: 'duplicate',
    state: {
      status,
      seenAt: now,
      toldAt,
      ...(began !== undefined && { startsAt: began }),
      ...(end !== undefined && { endedAt: end }),
    },
  };
}

/**
 * Without a difference: a retry or a twin within the window, else AlertManager's reminder. What AlertManager says of
 * its reason decides only where the clock leaves room: a repetition is a reminder unless people were told just now, and
 * what was posted because of a change, although nothing has changed, comes late.
 */
function sameAgain(previous: AlertState, { now, windowMs, longestMs, reason }: JudgePolicy): 'reminder' | 'duplicate' {
  const sinceSeen = Math.abs(now - previous.seenAt);
  const sinceTold = Math.abs(now - previous.toldAt);
  const isSame =
    reason === 'repeat'
      ? sinceTold <= Math.min(windowMs, TWIN_MS)
      : (reason === 'change' || sinceSeen <= windowMs) && sinceTold <= longestMs;
  return isSame ? 'duplicate' : 'reminder';
}

/** Also where another word is held back now, whose time comes later. Both times move with the clock, each alone. */
function isTakenBack(known: number | undefined, heldUntil: number): boolean {
  return known === undefined || known > heldUntil + ROUNDING_MS;
}

function isAnother({ startsAt: known, seenAt }: AlertState, startsAt: number | undefined): boolean {
  return startsAt !== undefined && startsAt !== known && startsAt > seenAt + ANOTHER_MS;
}

/**
 * The word of a late twin: it names the start that is known, or one clearly before the end. A start about the time of
 * the end is most likely a new one: times may be whole seconds, and the sender's clock another than the relay's.
 */
function isOfEnded({ startsAt: known }: AlertState, startsAt: number | undefined, endedAt: number): boolean {
  if (startsAt === undefined) return false;
  return (known !== undefined && startsAt <= known) || startsAt < endedAt - CLEARLY_MS;
}

/** What began before the last end is the word of a member that is two changes late: it says nothing of this episode. */
function ownStart({ endedAt }: AlertState, startsAt: number | undefined): number | undefined {
  return startsAt !== undefined && endedAt !== undefined && startsAt <= endedAt ? undefined : startsAt;
}

/**
 * Times of senders that lie after now were written before the clock was set back: a start is not known then, and an end
 * was when it was last seen, which moves with the clock.
 */
function believed(known: AlertState, now: number): AlertState {
  const { startsAt, endedAt, ...rest } = known;
  const lies = (moment: number | undefined): boolean => moment !== undefined && moment > now + SKEW_MS;
  if (!lies(startsAt) && !lies(endedAt)) return known;
  const end = lies(endedAt) ? Math.min(known.seenAt, now) : endedAt;
  return {
    ...rest,
    ...(startsAt !== undefined && !lies(startsAt) && { startsAt }),
    ...(end !== undefined && { endedAt: end }),
  };
}

function unchanged(previous: AlertState | undefined, alert: Alert, now: number): Judgement {
  return { kind: 'duplicate', state: previous ?? { status: alert.status, seenAt: now, toldAt: now } };
}

function news(state: AlertState): Judgement {
  return { kind: 'news', state };
}

function firing(startsAt: number, now: number): AlertState {
  return { status: 'firing', startsAt, seenAt: now, toldAt: now };
}

function ended(startsAt: number | undefined, endedAt: number, now: number): AlertState {
  // A start after the end is another clock's: it is not known.
  const isKnown = startsAt !== undefined && startsAt <= endedAt;
  return { status: 'resolved', ...(isKnown && { startsAt }), endedAt, seenAt: now, toldAt: now };
}

/** What has begun or ended did so by now; clocks that differ by seconds are usual. */
function notAfter(now: number, moment: number): number {
  return moment > now + SKEW_MS ? now : moment;
}

function earliest(known: number | undefined, posted: number | undefined): number | undefined {
  return known === undefined || posted === undefined ? (known ?? posted) : Math.min(known, posted);
}

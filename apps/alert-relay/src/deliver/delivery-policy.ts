// When a channel may send (rate budget, circuit breaker), and what becomes of a message after an attempt: delivered,
// tried again, or given up. No I/O; time and randomness are parameters.
import { backoff } from '@celery-watch/service';
import type { Budget } from '../channels/channel.js';
import type { PlannedPart, Verdict } from '../notification/index.js';
import type { Claim, Settlement } from '../outbox/outbox.js';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/**
 * How often a channel may send: at most so many requests in any 60 seconds, and in any second. A window that slides,
 * not a bucket that fills up again: a server that counts by the minute would see twice the bucket, and DingTalk then
 * blocks its robot for ten minutes. Steady milliseconds throughout, which no change of the clock moves. Moments can be
 * kept in the store and given back at the next start.
 */
export class RateBudget {
  readonly #budget: Budget;
  #sent: number[];

  constructor(budget: Budget, sent: readonly number[] = []) {
    this.#budget = budget;
    this.#sent = sent.filter(Number.isFinite);
  }

  /** How many requests may be sent within this minute. */
  available(now: number): number {
    this.#forget(now);
    return Math.max(0, this.#perMinute - this.#sent.length);
  }

  /** How many may be sent at once: half of the budget is kept for what else comes within this minute. */
  spare(now: number): number {
    return Math.max(0, this.available(now) - Math.floor(this.#perMinute / 2));
  }

  /**
   * How long the next message should wait once only the reserve is left: the reserve is spread evenly over the minute.
   * Otherwise the first messages of a storm would take everything, and the next would wait for up to a minute.
   */
  paceMs(now: number): number {
    const last = this.#sent.at(-1);
    if (last === undefined || this.spare(now) > 0) return 0;
    return Math.max(0, last + MINUTE_MS / this.#perMinute - now);
  }

  get #perMinute(): number {
    return Math.max(1, Math.floor(this.#budget.perMinute));
  }

  /** How long the next request has to wait; 0: it may be sent now. */
  waitMs(now: number): number {
    this.#forget(now);
    const { perSecond } = this.#budget;
    const minute = this.#until(this.#perMinute, MINUTE_MS, now);
    const second = perSecond === undefined ? 0 : this.#until(Math.max(1, Math.floor(perSecond)), SECOND_MS, now);
    return Math.max(minute, second);
  }

  /** Counts one request, which is sent now. */
  take(now: number): void {
    this.#sent.push(now);
  }

  /**
   * The request taken last has ended. Its server counted it at some moment until now, so the distance to the next one
   * counts from here.
   */
  ended(now: number): void {
    if (this.#sent.length > 0) this.#sent[this.#sent.length - 1] = now;
  }

  /** The moments that still count. */
  get sent(): readonly number[] {
    return this.#sent;
  }

  #until(most: number, windowMs: number, now: number): number {
    const oldest = this.#sent.at(-most);
    return oldest === undefined ? 0 : Math.max(0, oldest + windowMs - now);
  }

  /**
   * What lies in the future was written by a run that ended before it could keep its time: it counts from now, or it
   * would block for too long.
   */
  #forget(now: number): void {
    this.#sent = this.#sent.filter((at) => at > now - MINUTE_MS).map((at) => Math.min(at, now));
  }
}

/**
 * The circuit breaker: after some failures in a row a server that does not answer gets one attempt in a while, until
 * one succeeds.
 */
export interface Breaker {
  /** Failures in a row whose cause is the server, not the message. */
  readonly failures: number;
  /** Nothing is sent before. Steady milliseconds, like every `now` of this half of the file. */
  readonly pausedUntil: number;
}

export const HEALTHY: Breaker = { failures: 0, pausedUntil: 0 };

const TRIPS_AFTER = 3;
/** The pause after "too fast" where the server does not say for how long. */
const TOO_FAST_MS = 15_000;
/** Longer than any pause that a server asks for. Milliseconds. */
export const LONGEST_PAUSE_MS = 15 * 60_000;
const PAUSE = { baseMs: 5_000, maxMs: 120_000 };

/** The breaker after a verdict. A pause that the server itself asked for holds at once. */
export function afterVerdict(breaker: Breaker, verdict: Verdict, now: number, random: () => number): Breaker {
  const asked =
    verdict.kind === 'retry' && (verdict.wholeChannel === true || verdict.reason === 'rate_limited')
      ? now + Math.min(verdict.afterMs ?? TOO_FAST_MS, LONGEST_PAUSE_MS)
      : 0;
  if (!speaksOfServer(verdict))
    return { failures: verdict.kind === 'delivered' ? 0 : breaker.failures, pausedUntil: asked };
  const failures = breaker.failures + 1;
  const own = failures < TRIPS_AFTER ? 0 : now + backoff(failures - TRIPS_AFTER, PAUSE, random);
  return { failures, pausedUntil: Math.max(asked, own) };
}

function speaksOfServer(verdict: Verdict): boolean {
  return (
    (verdict.kind === 'retry' || verdict.kind === 'ambiguous') &&
    ['network', 'timeout', 'server_error', 'not_understood'].includes(verdict.reason)
  );
}

/** A breaker of an earlier run: a pause that lies further in the future than any does begins anew, at its longest. */
export function withinLongestPause(breaker: Breaker, now: number): Breaker {
  return breaker.pausedUntil - now > LONGEST_PAUSE_MS ? { ...breaker, pausedUntil: now + LONGEST_PAUSE_MS } : breaker;
}

export interface RetryPolicy {
  /** Milliseconds after which a message is given up. */
  readonly horizonMs: number;
  /** The channel that is told of what was given up. */
  readonly fallback: string | undefined;
}

/** Full jitter, doubling, never slower than this. */
const RETRY = { baseMs: 2_000, maxMs: 300_000 };

/**
 * The waits between attempts that got no answer, or a success in words that nobody understands. Each attempt may have
 * been shown to people, and a slow server that works would show the same message again and again. So the attempts are
 * few, and far enough apart to outlast a server that hangs for half an hour; after the last, the message is a dead
 * letter.
 */
const AMBIGUOUS_WAITS_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000];
/**
 * So many answers that this kind of server never gives: about an hour and a half in which somebody can correct the
 * address.
 */
const MOST_NOT_UNDERSTOOD = 20;

/**
 * The settlement of a claim whose last attempt ended with `verdict`; `plan` holds what became of its parts.
 * Milliseconds since 1970. The notifications of a message that surely did not arrive are free again, to be merged with
 * newer ones.
 */
export function settlementFor(
  claim: Claim,
  plan: readonly PlannedPart[],
  verdict: Verdict,
  { horizonMs, fallback }: RetryPolicy,
  now: number,
  random: () => number,
): Settlement {
  const { reason, detail } = verdict;
  switch (verdict.kind) {
    case 'delivered':
      return { kind: 'delivered', at: now };
    case 'permanent':
      if (isForOneOfMany(claim, plan, verdict))
        return {
          kind: 'retry',
          at: now,
          notBefore: now,
          reason,
          detail,
          keep: false,
          alone: true,
          unclear: false,
          expireBefore: now - horizonMs,
          fallback,
        };
      return { kind: 'dead', at: now, reason, detail, fallback };
    case 'retry':
    case 'ambiguous': {
      const unclear = verdict.kind === 'ambiguous' || reason === 'not_understood';
      const lastDetail = unclear ? detailOfLast(claim.unclear + 1, verdict) : undefined;
      if (lastDetail !== undefined) return { kind: 'dead', at: now, reason, detail: lastDetail, fallback };
      const asked = verdict.kind === 'retry' ? (verdict.afterMs ?? 0) : (AMBIGUOUS_WAITS_MS[claim.unclear] ?? 0);
      const wait = Math.max(asked, backoff(claim.attempt - 1, RETRY, random));
      const keep = claim.ambiguous || plan.some((part) => part.state !== 'waiting');
      return {
        kind: 'retry',
        at: now,
        notBefore: now + wait,
        reason,
        detail,
        keep,
        unclear,
        expireBefore: now - horizonMs,
        fallback,
      };
    }
  }
}

/**
 * Whether the server refused a message for something in it that its other notifications are not to blame for. Only
 * where nothing of it can have been delivered.
 */
function isForOneOfMany(
  { notifications, ambiguous }: Claim,
  plan: readonly PlannedPart[],
  { reason }: Verdict,
): boolean {
  return (
    ['content', 'unsendable', 'too_large'].includes(reason) &&
    notifications.length > 1 &&
    !ambiguous &&
    plan.every((part) => part.state === 'waiting')
  );
}

/** The detail of the dead letter where this attempt was the last one allowed. */
function detailOfLast(attempts: number, verdict: Verdict): string | undefined {
  const { kind, reason, detail } = verdict;
  if (kind === 'ambiguous') {
    if (attempts <= AMBIGUOUS_WAITS_MS.length) return undefined;
    const without = reason === 'not_understood' ? 'an answer that could be understood' : 'an answer';
    return `it may have been delivered: ${attempts} attempts without ${without}. ${detail}`.trim();
  }
  return attempts < MOST_NOT_UNDERSTOOD
    ? undefined
    : `${attempts} attempts without an answer that could be understood. ${detail}`.trim();
}

/** Whether everything that is due goes as one message: there are more groups than requests left. */
export function needsDigest(groups: number, available: number): boolean {
  return groups > 1 && groups > available;
}

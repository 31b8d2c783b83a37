// When a server is left alone (circuit breaker), and what becomes of a message after an attempt: delivered, tried
// again, or given up. No I/O; time and randomness are parameters.
import { backoff } from '@celery-watch/service';
import type { PlannedPart, Verdict } from '../notification/index.js';
import type { Claim, Settlement } from '../outbox/outbox.js';
import { LONGEST_PAUSE_MS } from './pace.js';

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
const PAUSE = { baseMs: 5_000, maxMs: 120_000 };

/** Until when the server wants nothing for this channel, whoever sends; 0: it asked for no pause. */
export function pauseAsked(verdict: Verdict, now: number): number {
  return verdict.kind === 'retry' && (verdict.wholeChannel === true || verdict.reason === 'rate_limited')
    ? now + Math.min(verdict.afterMs ?? TOO_FAST_MS, LONGEST_PAUSE_MS)
    : 0;
}

/** The breaker after a verdict. A pause that the server itself asked for holds at once. */
export function afterVerdict(breaker: Breaker, verdict: Verdict, now: number, random: () => number): Breaker {
  const asked = pauseAsked(verdict, now);
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

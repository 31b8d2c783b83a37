// Stops knocking on a server that does not answer: after some failures in a row one attempt in a while, until one
// succeeds. Pure.
import { backoff } from '@celery-watch/service';
import type { Verdict } from '../notification/index.js';

export interface Breaker {
  /** Failures in a row that speak of the server, not of the message. */
  readonly failures: number;
  /** Nothing is sent before. Milliseconds since 1970. */
  readonly pausedUntil: number;
}

export const HEALTHY: Breaker = { failures: 0, pausedUntil: 0 };

const TRIPS_AFTER = 3;
/** A server that says "too fast" and not for how long. */
const TOO_FAST_MS = 15_000;
/**
 * Longer than any pause that a server asks for; what is longer was written before the clock was set back. Milliseconds.
 */
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

/** The breaker as it counts now: a pause that lies too far in the future begins anew, at its longest. */
export function withoutClockJump(breaker: Breaker, now: number): Breaker {
  return breaker.pausedUntil - now > LONGEST_PAUSE_MS ? { ...breaker, pausedUntil: now + LONGEST_PAUSE_MS } : breaker;
}

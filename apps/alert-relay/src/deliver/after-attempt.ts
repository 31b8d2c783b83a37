// What becomes of a message after an attempt: delivered, tried again, or given up. Pure.
import { backoff } from '@celery-watch/service';
import type { PlannedPart, Verdict } from '../notification/index.js';
import type { Claim, Settlement } from '../outbox/outbox.js';

export interface DeliveryPolicy {
  /** Milliseconds after which a message is given up. */
  readonly horizonMs: number;
  /** The channel that is told of what was given up. */
  readonly fallback: string | undefined;
}

/** Full jitter, doubling, never slower than this. */
const RETRY = { baseMs: 2_000, maxMs: 300_000 };

/**
 * The waits between attempts that got no answer: each may have been seen, and a slow server that works would show the
 * same message without end. So they are few, and far enough apart to outlast a server that hangs for half an hour, and
 * then people are told of a dead letter.
 */
const AMBIGUOUS_WAITS_MS = [5_000, 30_000, 120_000, 600_000, 1_800_000];
/**
 * So many answers that are none of this kind of server's: about an hour and a half of waiting for somebody to mend the
 * address.
 */
const MOST_NOT_UNDERSTOOD = 20;

/**
 * The settlement of a claim whose last attempt ended with `verdict`; `plan` holds what became of its parts.
 * Milliseconds since 1970. A message of which nothing can have arrived is set free, to merge with what came since.
 */
export function settlementFor(
  claim: Claim,
  plan: readonly PlannedPart[],
  verdict: Verdict,
  { horizonMs, fallback }: DeliveryPolicy,
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
      const hopeless = unclear ? hopelessAfter(claim.unclear + 1, verdict) : undefined;
      if (hopeless !== undefined) return { kind: 'dead', at: now, reason, detail: hopeless, fallback };
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

/** Whether something in a message is refused that others in it need not suffer for; nothing of it may be there. */
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

/** What to say of the last attempt that is allowed, where this was it. */
function hopelessAfter(attempts: number, { kind, detail }: Verdict): string | undefined {
  if (kind === 'ambiguous')
    return attempts <= AMBIGUOUS_WAITS_MS.length
      ? undefined
      : `it may have been delivered: ${attempts} attempts without an answer. ${detail}`.trim();
  return attempts < MOST_NOT_UNDERSTOOD
    ? undefined
    : `${attempts} attempts without an answer that could be understood. ${detail}`.trim();
}

/** Whether everything that is due goes as one message: there are more groups than requests left. */
export function needsDigest(groups: number, available: number): boolean {
  return groups > 1 && groups > available;
}

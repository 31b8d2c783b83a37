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
 * The settlement of a claim whose last attempt ended with `verdict`; `plan` holds what became of its parts. Milliseconds since 1970.
 * A message of which nothing can have arrived is set free, to merge with what came since.
 */
export function settlementFor(claim: Claim, plan: readonly PlannedPart[], verdict: Verdict, { horizonMs, fallback }: DeliveryPolicy, now: number, random: () => number): Settlement {
  const { reason, detail } = verdict;
  switch (verdict.kind) {
    case 'delivered':
      return { kind: 'delivered', at: now };
    case 'permanent':
      return { kind: 'dead', at: now, reason, detail, fallback };
    case 'retry':
    case 'ambiguous': {
      const asked = verdict.kind === 'retry' ? (verdict.afterMs ?? 0) : 0;
      const wait = Math.max(asked, backoff(claim.attempt - 1, RETRY, random));
      const keep = claim.ambiguous || plan.some((part) => part.state !== 'waiting');
      return { kind: 'retry', at: now, notBefore: now + wait, reason, detail, keep, expireBefore: now - horizonMs, fallback };
    }
  }
}

/** Whether everything that is due goes as one message: there are more groups than requests left. */
export function needsDigest(groups: number, available: number): boolean {
  return groups > 1 && groups > available;
}

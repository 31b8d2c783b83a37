// What is held back of a post, written down for the store and read again when its time has come.
import { isRecord } from '@celery-watch/service';
import type { GroupPost } from './admit.js';
import { LONGEST_HOLD_MS } from './judge.js';

export interface HeldPost {
  readonly post: GroupPost;
  /** The name in the path of the post, where it had one. */
  readonly startName?: string | undefined;
}

export function writeHeld(held: HeldPost): string {
  return JSON.stringify(held);
}

/** Undefined for what another program wrote. */
export function readHeld(content: string): HeldPost | undefined {
  try {
    const value: unknown = JSON.parse(content);
    return isRecord(value) && isRecord(value['post']) && Array.isArray(value['post']['alerts'])
      ? (value as unknown as HeldPost)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds until its time. Nothing is held back longer than the longest hold, so what lies further in the future is
 * no time of this store's: it is due.
 */
export function timeLeft(dueAt: number, now: number): number {
  return dueAt > now + LONGEST_HOLD_MS ? 0 : Math.max(0, dueAt - now);
}

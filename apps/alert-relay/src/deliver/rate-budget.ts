// How often a channel may send: at most so many requests in any 60 seconds, and in any second. A window that slides,
// not a bucket that fills up again: a robot that counts by the minute would see twice the bucket, and DingTalk then
// blocks it for ten minutes.
import type { Budget } from '../channels/channel.js';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** Milliseconds throughout. Moments can be kept in the store and given back at the next start. */
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

  /** How many of them may go without a thought for what else the minute brings: half the budget is kept for that. */
  spare(now: number): number {
    return Math.max(0, this.available(now) - Math.floor(this.#perMinute / 2));
  }

  /**
   * How long the next message should wait, once only the reserve is left: evenly spread, it lasts for the minute.
   * Without it a storm's first messages would take everything, and what comes then would wait for up to a minute.
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
   * The request taken last has ended: its server counted it at some moment until now, so the next one keeps its
   * distance from here.
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
   * What lies in the future was written before the clock was set back: it counts from now, or it would block for as
   * long as the jump was.
   */
  #forget(now: number): void {
    this.#sent = this.#sent.filter((at) => at > now - MINUTE_MS).map((at) => Math.min(at, now));
  }
}

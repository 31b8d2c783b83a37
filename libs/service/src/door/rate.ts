// How many requests may come: `rate_limit` of the web configuration, a bucket that fills by the clock.
import type { RateLimit } from '../web-config/web-config.js';

export class RateGate {
  readonly #ticks: () => number;
  #limit: RateLimit | undefined;
  #left = 0;
  #at = 0;

  /** @param ticks milliseconds that no change of the clock moves */
  constructor(ticks: () => number = () => performance.now()) {
    this.#ticks = ticks;
  }

  /** Whether one more may come; that counts it. */
  passes(limit: RateLimit | undefined): boolean {
    if (limit === undefined) return true;
    const now = this.#ticks();
    const isSame = this.#limit?.burst === limit.burst && this.#limit.intervalMs === limit.intervalMs;
    this.#left = isSame ? Math.min(limit.burst, this.#left + (now - this.#at) / limit.intervalMs) : limit.burst;
    this.#limit = limit;
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}

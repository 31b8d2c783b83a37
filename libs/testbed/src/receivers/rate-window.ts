// How servers count requests: so many within a window, and some shut the door for a while after one too many.

export interface RateRule {
  readonly count: number;
  readonly withinMs: number;
  /** How long everything is refused after one too many; absent: until the window allows the next. */
  readonly penaltyMs?: number;
}

export class RateWindow {
  readonly #rules: readonly RateRule[];
  #taken: number[] = [];
  #shutUntil = -Infinity;

  constructor(rules: readonly RateRule[]) {
    this.#rules = rules;
  }

  /** Counts a request that is allowed; otherwise gives the milliseconds until one would be. */
  take(now: number): { readonly allowed: true } | { readonly allowed: false; readonly waitMs: number } {
    if (now < this.#shutUntil) return { allowed: false, waitMs: this.#shutUntil - now };
    const longest = Math.max(...this.#rules.map((rule) => rule.withinMs));
    this.#taken = this.#taken.filter((at) => at > now - longest);
    for (const { count, withinMs, penaltyMs } of this.#rules) {
      const within = this.#taken.filter((at) => at > now - withinMs);
      const first = within[within.length - count];
      if (first === undefined) continue;
      if (penaltyMs !== undefined) this.#shutUntil = now + penaltyMs;
      return { allowed: false, waitMs: penaltyMs ?? first + withinMs - now };
    }
    this.#taken.push(now);
    return { allowed: true };
  }
}

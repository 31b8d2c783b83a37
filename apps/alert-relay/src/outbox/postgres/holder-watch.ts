// Tells a relay that is gone from one that lives by what can be seen of it: a number that it raises. Pure: nobody's
// clock is compared with another's, only how long the same number was seen here.

export interface SeenHolder {
  readonly id: string;
  readonly beat: number;
}

interface Observation {
  readonly beat: number;
  /** When it was first seen at this number. */
  readonly since: number;
}

export interface WatchLimits {
  /** Seen at the same number for so long a holder is gone. Milliseconds. */
  readonly goneAfterMs: number;
  /** After a longer time without a look nobody is judged by what was seen before it. Milliseconds. */
  readonly longestGapMs: number;
}

export class HolderWatch {
  readonly #limits: WatchLimits;
  #seen = new Map<string, Observation>();
  #lookedAt = -Infinity;

  constructor(limits: WatchLimits) {
    this.#limits = limits;
  }

  /**
   * To be told of each look that succeeded. A look that failed leaves a gap: the store was away, or this process stood
   * still, and the others may have had no chance to raise their number either.
   * @param now of a clock that only goes forward, in milliseconds
   * @returns those that are gone
   */
  look(holders: readonly SeenHolder[], now: number): readonly SeenHolder[] {
    const isTooLate = now - this.#lookedAt > this.#limits.longestGapMs;
    this.#lookedAt = now;
    const seen = new Map<string, Observation>();
    for (const { id, beat } of holders) {
      const before = isTooLate ? undefined : this.#seen.get(id);
      seen.set(id, before?.beat === beat ? before : { beat, since: now });
    }
    this.#seen = seen;
    return holders.filter(({ id }) => now - (seen.get(id)?.since ?? now) >= this.#limits.goneAfterMs);
  }
}

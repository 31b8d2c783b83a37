// By how much the machine's clock was ahead of the one that only goes forward, now and at earlier moments: what came
// before the machine's clock was set is read by the clock of then.

/** Seconds below which a change is drift or slewing, not a clock that was set. */
const DRIFT = 0.05;
/** Settings of the clock that are remembered: what came before all of them is read by the oldest. */
const MOST = 256;

interface Offset {
  /** On the clock that only goes forward. */
  readonly since: number;
  readonly isAhead: number;
}

export class WallOffsets {
  readonly #offsets: Offset[] = [];
  #last = 0;

  /** Seconds, as they were last seen. */
  get last(): number {
    return this.#last;
  }

  /** The machine's clock was looked at. */
  set(isAhead: number, now: number): void {
    this.#last = isAhead;
    const before = this.#offsets.at(-1);
    if (before !== undefined && Math.abs(before.isAhead - isAhead) < DRIFT) return;
    // Until the first look nothing else was known.
    this.#offsets.push({ since: before === undefined ? -Infinity : now, isAhead });
    if (this.#offsets.length > MOST) this.#offsets.shift();
  }

  /** The same at an earlier moment. */
  at(moment: number): number {
    const found = this.#offsets.findLast(({ since }) => since <= moment) ?? this.#offsets[0];
    return found?.isAhead ?? 0;
  }
}

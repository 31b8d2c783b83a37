// So many at once, the others in the order in which they came: the pool's own queue would count the wait for a free
// connection as a server that is away.

/** After so long one more is tried where there was no room for it. */
const GROW_MS = 10_000;

export class Turns {
  readonly #ticks: () => number;
  readonly #wanted: number;
  #most: number;
  #taken = 0;
  #shrunkAt = 0;
  readonly #waiting: (() => void)[] = [];
  readonly #onIdle: (() => void)[] = [];

  /** @param ticks milliseconds that only pass */
  constructor(most: number, ticks: () => number = () => performance.now()) {
    this.#wanted = this.#most = most;
    this.#ticks = ticks;
  }

  /** Resolves with what ends the turn; a second call of that does nothing. */
  async take(): Promise<() => void> {
    this.#grow();
    if (this.#taken < this.#most) this.#taken += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      // Where there are fewer now, the turn ends with its owner's.
      const next = this.#taken <= this.#most ? this.#waiting.shift() : undefined;
      if (next !== undefined) return next();
      this.#taken -= 1;
      if (this.#taken === 0) for (const idle of this.#onIdle.splice(0)) idle();
    };
  }

  /** From now on at most so many at once, at least one, for a while. */
  shrink(most: number): void {
    this.#most = Math.max(1, Math.min(most, this.#most));
    this.#shrunkAt = this.#ticks();
  }

  /** Resolves when nobody has a turn. */
  idle(): Promise<void> {
    return this.#taken === 0 ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #grow(): void {
    if (this.#most === this.#wanted || this.#ticks() - this.#shrunkAt < GROW_MS) return;
    this.#most += 1;
    this.#shrunkAt = this.#ticks();
  }
}

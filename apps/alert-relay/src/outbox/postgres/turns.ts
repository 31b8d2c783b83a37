// So many at once, the others in the order in which they came: the pool's own queue would count the wait for a free
// connection as a server that is away.
export class Turns {
  #free: number;
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  readonly #onIdle: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
    this.#most = most;
  }

  /** Resolves with what ends the turn; a second call of that does nothing. */
  async take(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#waiting.shift();
      if (next !== undefined) return next();
      this.#free += 1;
      if (this.#free === this.#most) for (const idle of this.#onIdle.splice(0)) idle();
    };
  }

  /** Resolves when nobody has a turn. */
  idle(): Promise<void> {
    return this.#free === this.#most ? Promise.resolve() : new Promise((resolve) => this.#onIdle.push(resolve));
  }
}

// Room for so many at once; who comes later waits for a while, in order, and is then told that there is none.

export class Slots {
  #free: number;
  readonly #patienceMs: number;
  readonly #waiting = new Set<(hasRoom: boolean) => void>();

  /** @param patienceMs how long one waits */
  constructor(most: number, patienceMs: number) {
    this.#free = most;
    this.#patienceMs = patienceMs;
  }

  /** Whether there is room; whoever took some gives it back. */
  take(): Promise<boolean> {
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const told = (hasRoom: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(told);
        resolve(hasRoom);
      };
      const timer = setTimeout(() => {
        told(false);
      }, this.#patienceMs);
      this.#waiting.add(told);
    });
  }

  give(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free++;
    else next(true);
  }
}

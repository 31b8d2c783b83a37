// Whether this process has just stood still: stopped, or without the machine. What waited in its sockets meanwhile may
// be old, and another relay may have taken something newer of the same group since; so it is to be posted again.

/** A tick this late means that nothing ran for a while; a busy thread is not that late. */
const GAP_MS = 4_000;
/** So long after it what waited in the sockets is still being read. */
const REST_MS = 2_000;

export class Standstill {
  readonly #ticks: () => number;
  #last: number;
  #restUntil = -Infinity;

  /** @param ticks milliseconds that only pass, also while the process is stopped */
  constructor(ticks: () => number) {
    this.#ticks = ticks;
    this.#last = ticks();
  }

  /** To be called each second. */
  tick(): void {
    const now = this.#ticks();
    if (now - this.#last >= GAP_MS) this.#restUntil = now + REST_MS;
    this.#last = now;
  }

  /** Sockets may be read before the timer that is late has run. */
  get isJustOver(): boolean {
    const now = this.#ticks();
    return now < this.#restUntil || now - this.#last >= GAP_MS;
  }
}

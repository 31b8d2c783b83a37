// Says the same thing once in a while: what goes wrong many times a second need not fill the log.

/** Of one kind one line is logged in this time. */
const QUIET_MS = 60_000;

export interface SeldomClock {
  /** Milliseconds that no change of the clock moves. */
  readonly ticks: () => number;
  /** Calls back after milliseconds, if the program still runs then. */
  readonly later: (ms: number, then: () => void) => void;
}

const CLOCK: SeldomClock = {
  ticks: () => performance.now(),
  later: (ms, then) => void setTimeout(then, ms).unref(),
};

/** Writes a line. @param more fields: how many more there were since the last line, where there were any */
export type WriteLine = (more: { readonly more?: number }) => void;

interface Kind {
  saidAt: number;
  unsaid: number;
  write: WriteLine;
  isDue: boolean;
}

export class Seldom {
  readonly #clock: SeldomClock;
  readonly #kinds = new Map<string, Kind>();

  constructor(clock: Partial<SeldomClock> = {}) {
    this.#clock = { ...CLOCK, ...clock };
  }

  /**
   * The first of a kind is said at once, further ones once a minute: the last of them, with how many more there were.
   * Kinds are few, and known beforehand.
   */
  say(name: string, write: WriteLine): void {
    const kind = this.#kinds.get(name) ?? { saidAt: -Infinity, unsaid: 0, write, isDue: false };
    this.#kinds.set(name, kind);
    kind.unsaid += 1;
    kind.write = write;
    const left = kind.saidAt + QUIET_MS - this.#clock.ticks();
    if (left <= 0) return this.#write(kind);
    if (kind.isDue) return;
    kind.isDue = true;
    this.#clock.later(left, () => {
      kind.isDue = false;
      this.#write(kind);
    });
  }

  #write(kind: Kind): void {
    const more = kind.unsaid - 1;
    if (more < 0) return;
    kind.unsaid = 0;
    kind.saidAt = this.#clock.ticks();
    kind.write(more > 0 ? { more } : {});
  }
}

// How long reading may go on at a stretch: what a broker sends may take longer to decode than to receive, and a socket
// that always has more to give would keep scrapes and timers waiting.

/** Milliseconds of reading after which everything else gets its turn. */
const MOST_MS = 10;
/** The clock is looked at for each second message: a look costs a hundredth of what an event does. */
const EACH = 2;

export class Stretch {
  readonly #ticks: () => number;
  readonly #turn: (next: () => void) => void;
  #began: number | undefined;
  #asked = 0;

  /** @param turn calls back once everything else has had its turn */
  constructor(ticks = () => performance.now(), turn: (next: () => void) => void = setImmediate) {
    this.#ticks = ticks;
    this.#turn = turn;
  }

  /** Reading begins; within the same turn it goes on. */
  begin(): void {
    if (this.#began !== undefined) return;
    this.#began = this.#ticks();
    this.#turn(() => {
      this.#began = undefined;
    });
  }

  /** Asked after each message: whether it has gone on for long enough. */
  readonly isOver = (): boolean => ++this.#asked % EACH === 0 && this.hasRunOut();

  /** The same, to the point. */
  hasRunOut(): boolean {
    return this.#began !== undefined && this.#ticks() - this.#began > MOST_MS;
  }
}

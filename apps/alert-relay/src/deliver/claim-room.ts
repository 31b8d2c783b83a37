// Room for what channels have claimed and not made a message of yet: a post may be megabytes, and each channel that is
// to tell of it reads a copy of its own. All at once they would end the process, after the 200 and again at each start.
import type { StoredNotification } from '../notification/index.js';

/** To read and hand over so much takes some 10 ms, in which no post is answered; its thread needs several times it. */
const MOST_OF_ONE = 8 * 2 ** 20;
/** A claim is bounded by this part of the heap, but holds one notification at least, which may be twice as large. */
const PART_OF_ONE = 32;
/** So many claims of that size may be read at once. */
const AT_ONCE = 4;

/** A place in the room, from before the claim is read until a message is made of it. */
export interface ClaimPlace {
  /** How much was claimed; until then the place counts as a claim of the usual bound. */
  holds(contents: readonly StoredNotification[]): void;
  /** Any number of times. */
  leave(): void;
}

/** One for a process: its channels claim at the same moment when a post concerns them all. */
export class ClaimRoom {
  /** Bytes that one claim is to keep within. */
  readonly bytesOfOne: number;
  #taken = 0;
  /** Who waits, first come first served: nothing small goes past something large for ever. */
  readonly #waiting: (() => void)[] = [];

  /** @param memory bytes that the heap may have */
  constructor(memory: number) {
    this.bytesOfOne = Math.min(MOST_OF_ONE, Math.floor(memory / PART_OF_ONE));
  }

  /** Resolves when there is room for one more claim. */
  async enter(): Promise<ClaimPlace> {
    if (this.#waiting.length > 0 || !this.#hasRoom()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += this.bytesOfOne;
    let own = this.bytesOfOne;
    const become = (bytes: number): void => {
      this.#taken += bytes - own;
      own = bytes;
      this.#admit();
    };
    return {
      holds: (contents) => {
        become(contents.reduce((sum, { json }) => sum + json.length, 0));
      },
      leave: () => {
        become(0);
      },
    };
  }

  #hasRoom(): boolean {
    return this.#taken + this.bytesOfOne <= AT_ONCE * this.bytesOfOne;
  }

  /** Those for whom there is room now; their place is taken before they know. */
  #admit(): void {
    while (this.#waiting.length > 0 && this.#hasRoom()) {
      this.#taken += this.bytesOfOne;
      this.#waiting.shift()?.();
    }
  }
}

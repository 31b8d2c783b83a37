// Whether the core lives, as the thread that answers HTTP sees it: it counts its own seconds since the last sign, so
// that a machine which slept, or a program that was stopped, is not taken for one that is stuck.
import { STUCK_AFTER_BEATS } from './front-messages.js';

export class Pulse {
  #missed = 0;

  /** The core gave a sign of life. */
  beat(): void {
    this.#missed = 0;
  }

  /** A second has passed here. */
  tick(): void {
    this.#missed++;
  }

  /** Seconds without a sign, where that is too long. */
  get silence(): number | undefined {
    return this.#missed > STUCK_AFTER_BEATS ? this.#missed : undefined;
  }
}

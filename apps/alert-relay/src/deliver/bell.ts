// Wakes one sleeper: a lane that has nothing to do sleeps until its time comes or something was stored.
import type { Clock } from './clock.js';

export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Sleeps until the bell rings (or rang since the last sleep), `ms` have passed, or the signal aborts. */
  async sleep(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    if (!this.#rung) {
      const woken = new AbortController();
      this.#wake = () => {
        woken.abort();
      };
      await clock.wait(ms, AbortSignal.any([signal, woken.signal]));
      this.#wake = undefined;
    }
    this.#rung = false;
  }
}

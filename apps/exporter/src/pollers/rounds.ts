// Runs a round of work again and again until the signal aborts, each a little earlier or later than the last.
import { abortableDelay } from '@celery-watch/service';

/** Part of the interval by which a round may come early or late, so that many exporters do not ask at once. */
const JITTER = 0.1;

/**
 * Runs `round` at once and then every `seconds`, never two at a time; resolves when the signal aborts. `wakeUp` runs
 * the next round without waiting.
 * @param round must not reject
 */
export async function every(
  seconds: number,
  round: () => Promise<void>,
  signal: AbortSignal,
  wakeUp: WakeUp,
  random: () => number = Math.random,
): Promise<void> {
  while (!signal.aborted) {
    await round();
    const jitter = 1 + (random() * 2 - 1) * JITTER;
    await wakeUp.sleep(seconds * 1000 * jitter, signal);
  }
}

/** A sleep that can be cut short. */
export class WakeUp {
  #wake = new AbortController();

  /** Ends the sleep that is on, or the next one. */
  wake(): void {
    this.#wake.abort();
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    await abortableDelay(milliseconds, AbortSignal.any([signal, this.#wake.signal]));
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }
}

// Time for delivering, so that tests can move it.
import { abortableDelay } from '@celery-watch/service';

export interface Clock {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Resolves when the time has passed, or at once when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const REAL_CLOCK: Clock = {
  now: () => Date.now(),
  wait: async (ms, signal) => {
    await abortableDelay(ms, signal);
  },
};

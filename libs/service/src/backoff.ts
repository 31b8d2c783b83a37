// How long to wait before trying again, and a wait that ends when the service stops.

export interface BackoffBounds {
  /** Milliseconds that the first wait may last at most; no wait is shorter than half of it. */
  readonly baseMs: number;
  /** Milliseconds that no wait exceeds. */
  readonly maxMs: number;
}

/**
 * Milliseconds to wait before try number `attempt` + 1: drawn evenly between half of `baseMs` and `baseMs` doubled
 * `attempt` times, at most `maxMs`. Drawn, so that many clients of one broken server do not come back together.
 * `random` answers from 0 to below 1.
 */
export function backoff(attempt: number, { baseMs, maxMs }: BackoffBounds, random: () => number): number {
  const floor = Math.min(baseMs / 2, maxMs);
  const ceiling = Math.min(baseMs * 2 ** Math.min(Math.max(attempt, 0), 64), maxMs);
  return floor + random() * (ceiling - floor);
}

/** The longest time that a timer of Node's can hold, about 24.8 days; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Waits `ms` milliseconds (at most 24 days). Answers true when the time has passed and false when the signal aborted
 * first, also when it had aborted before. Never rejects, and leaves no listener on the signal. With `unref` the wait
 * does not keep the process alive.
 */
export function abortableDelay(ms: number, signal: AbortSignal, { unref = false } = {}): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(
      () => {
        signal.removeEventListener('abort', onAbort);
        resolve(true);
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    if (unref) timer.unref();
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

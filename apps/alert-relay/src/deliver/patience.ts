// How long an answer is waited for, in time in which this process ran.

/** In so many steps: a process that was stopped meanwhile, however long, has missed one of them. */
const STEPS = 10;

export interface Patience {
  readonly signal: AbortSignal;
  /** To be called when the answer is there. */
  readonly release: () => void;
}

/**
 * Aborts after `ms`. After a stop (a machine that slept, or had no time for us) all timers fire before any socket is
 * read: one long timer would give up an answer that has arrived, and people would be told twice.
 */
export function patience(ms: number): Patience {
  const controller = new AbortController();
  let left = STEPS;
  const step = (): void => {
    if (--left > 0) timer = setTimeout(step, ms / STEPS);
    else controller.abort(new DOMException('no answer in time', 'TimeoutError'));
  };
  let timer = setTimeout(step, ms / STEPS);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(timer);
    },
  };
}

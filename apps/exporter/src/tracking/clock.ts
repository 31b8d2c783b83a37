// The exporter's two clocks: one that only goes forward, for everything that waits or ages; and the machine's, for what
// is compared with other machines' times.

export interface Clock {
  /** Epoch seconds at the start, and what has passed since: nobody can set it, back or forth. */
  now(): number;
  /** The machine's clock, epoch seconds: it may be set at any moment. */
  wall(): number;
}

/** @param milliseconds the sources; the first only goes forward */
export function clockOf(milliseconds = { passed: () => performance.now(), wall: () => Date.now() }): Clock {
  const startedAt = milliseconds.wall();
  const began = milliseconds.passed();
  return {
    now: () => (startedAt + milliseconds.passed() - began) / 1000,
    wall: () => milliseconds.wall() / 1000,
  };
}

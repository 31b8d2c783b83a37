// Says the same trouble seldom: what fails each second need not be in the log each second.

/**
 * @param ms how long it stays silent after it has spoken
 * @param ticks a time that only goes forward, in milliseconds
 * @returns whether it may be said now; asking counts as saying it
 */
export function seldom(ms: number, ticks: () => number): () => boolean {
  let saidAt = -Infinity;
  return () => {
    const now = ticks();
    if (now - saidAt < ms) return false;
    saidAt = now;
    return true;
  };
}

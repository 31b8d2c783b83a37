// Keeps trouble that lasts from being said at every try; it is silent once the trouble is over, where `Seldom` would
// still say the last of it.

/**
 * @param ms how long it stays silent after it has spoken
 * @param ticks a time that only goes forward, in milliseconds
 * @returns whether it may be said now; asking counts as saying it
 */
export function onceIn(ms: number, ticks: () => number): () => boolean {
  let saidAt = -Infinity;
  return () => {
    const now = ticks();
    if (now - saidAt < ms) return false;
    saidAt = now;
    return true;
  };
}

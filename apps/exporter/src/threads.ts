// How many threads the process needs beside its own: they look up names, read files and compress pages.

/** Ours are few enough for a container whose processes and threads are limited to 64 to run some dozens of brokers. */
const MOST = 40;

/**
 * For the variable UV_THREADPOOL_SIZE; undefined where Node's own four are enough. Lookups of names take half of them
 * at most, and one to a name server that is away holds its thread for ten seconds: with two threads for each broker all
 * others are connected meanwhile, since at most one lookup of each broker's name is under way (brokers/name-lookup).
 */
export function threadsFor(brokers: number): number | undefined {
  return brokers === 1 ? undefined : Math.min(MOST, 4 + 2 * brokers);
}

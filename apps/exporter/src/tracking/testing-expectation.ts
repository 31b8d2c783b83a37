// For tests: what is expected of the replay of a capture, and how it is written down.
import type { ConsumedQueue } from '@celery-watch/celery-protocol';

/** Sent, received, started, succeeded: what most tasks do. */
const ONCE = 'sent 1 received 1 started 1 succeeded 1 durations 1 queueWaits 1 prefetchWaits 1';

export interface Expected {
  readonly captures: readonly string[];
  /** What its workers answer when they are asked for their queues; absent: they are not asked. */
  readonly consumed?: readonly ConsumedQueue[];
  /** By name and queue: states, runs, counts of the three histograms, failures by class. */
  readonly pairs: Readonly<Record<string, string>>;
  readonly waiting: number;
  readonly running: number;
  /** Tasks that ran without task-started, by the heartbeats: facts.nosend, or what the threads pool lost on its own. */
  readonly missed: number;
  readonly duplicates?: Readonly<Record<string, number>>;
  readonly refused?: Readonly<Record<string, number>>;
}

/** The pairs of name and queue that did it once. */
export function once(...pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(pairs.map((pair) => [pair, ONCE]));
}

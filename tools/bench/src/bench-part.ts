// What a part of the bench gets and gives.
import path from 'node:path';
import { type RedisServer, REPOSITORY, type Testbed } from '@celery-watch/testbed';

/** Where results are kept; git ignores it. */
export const RESULTS = path.join(REPOSITORY, 'bench-results');

export interface BenchContext {
  readonly quick: boolean;
  /** How many times the usual number of rounds. */
  readonly times: number;
  /** A line of progress. */
  readonly say: (line: string) => void;
}

export interface PartResult {
  /** For the terminal. */
  readonly text: string;
  /** For the JSON file. */
  readonly data: Readonly<Record<string, unknown>>;
  /** What makes the bench fail: events that were lost. */
  readonly failures: readonly string[];
}

export type BenchPart = (context: BenchContext) => Promise<PartResult>;

/** Redis would cut a slow subscriber off; here the generator waits for it instead. */
export function benchRedis(bed: Testbed): Promise<RedisServer> {
  return bed.redis({ args: ['--client-output-buffer-limit', 'pubsub 0 0 0'] });
}

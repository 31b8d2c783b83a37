// What is measured: a program that listens to the events of one Redis server.
import type { ManagedProcess, RedisServer, Testbed } from '@celery-watch/testbed';

export interface Consumer {
  readonly name: string;
  readonly process: ManagedProcess;
  /** Its Prometheus page, where it has one. */
  readonly metricsUrl: string | undefined;
  /** How many events it has taken in, by type; a yardstick that decodes nothing says `messages`. */
  counts(): Promise<Readonly<Record<string, number>>>;
}

/** Starts it and waits until it hears everything that is published from then on. */
export type StartConsumer = (bed: Testbed, redis: RedisServer) => Promise<Consumer>;

/** Until somebody subscribes to patterns; by then a published event is heard. */
export async function subscribed(redis: RedisServer): Promise<boolean> {
  return Number(await redis.cli('PUBSUB', 'NUMPAT')) > 0;
}

// Starts a yardstick: a loop on ioredis that only receives, or that decodes and counts.
import { fileURLToPath } from 'node:url';
import type { RedisServer, Testbed } from '@celery-watch/testbed';
import { type Consumer, type StartConsumer, subscribed } from './consumer.js';

const PROGRAM = fileURLToPath(new URL('bare-program.js', import.meta.url));

export function bare(mode: 'receive' | 'decode'): StartConsumer {
  return async (bed: Testbed, redis: RedisServer): Promise<Consumer> => {
    let told: (counts: Readonly<Record<string, number>>) => void = () => undefined;
    const started = await bed.start({
      name: `bare ${mode} loop`,
      command: process.execPath,
      args: [PROGRAM, mode, redis.url],
      leaf: true,
      onLine: (line) => {
        told(JSON.parse(line) as Readonly<Record<string, number>>);
      },
    });
    await started.ready(() => subscribed(redis), { within: 20_000 });
    return {
      name: `bare ${mode} loop`,
      process: started,
      metricsUrl: undefined,
      counts: () =>
        new Promise((resolve) => {
          told = resolve;
          started.write('counts\n');
        }),
    };
  };
}

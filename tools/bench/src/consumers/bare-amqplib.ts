// Starts the bare consumer on RabbitMQ: the yardstick that decodes and counts.
import { fileURLToPath } from 'node:url';
import type { RabbitmqServer, Testbed } from '@celery-watch/testbed';
import type { Consumer } from './consumer.js';

const PROGRAM = fileURLToPath(new URL('bare-amqplib-program.js', import.meta.url));

/** Resolves when it listens, so that no event of a measurement is missed. */
export async function startBareAmqplib(bed: Testbed, { url }: Pick<RabbitmqServer, 'url'>): Promise<Consumer> {
  let ready = false;
  let answered: ((line: string) => void) | undefined;
  const started = await bed.start({
    name: 'bare amqplib loop',
    command: process.execPath,
    args: [PROGRAM, url],
    leaf: true,
    onLine: (line) => {
      if (ready) answered?.(line);
      ready = true;
    },
  });
  await started.ready(() => ready, { within: 20_000 });
  return {
    name: started.name,
    process: started,
    metricsUrl: undefined,
    counts: async () => {
      const answer = new Promise<string>((resolve) => {
        answered = resolve;
      });
      started.write('counts\n');
      return JSON.parse(await answer) as Readonly<Record<string, number>>;
    },
  };
}

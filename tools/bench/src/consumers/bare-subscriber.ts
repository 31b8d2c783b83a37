// Starts the bare subscriber: as a yardstick that receives, or decodes and counts; and as the control for "somebody
// listens", whoever it is.
import { fileURLToPath } from 'node:url';
import type { ManagedProcess, Testbed } from '@celery-watch/testbed';
import { type StartConsumer, subscribed } from './consumer.js';

const PROGRAM = fileURLToPath(new URL('bare-subscriber-program.js', import.meta.url));

/** A loop on ioredis that only receives, or that decodes and counts. */
export function bare(mode: 'receive' | 'decode'): StartConsumer {
  return async (bed, redis) => {
    const { process, ask } = await start(bed, mode, redis.url);
    await process.ready(() => subscribed(redis), { within: 20_000 });
    return {
      name: process.name,
      process,
      metricsUrl: undefined,
      counts: async () => JSON.parse(await ask('counts')) as Readonly<Record<string, number>>,
    };
  };
}

export interface Listener {
  /** Listens until the work is done. */
  during<T>(work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export async function startListener(bed: Testbed, brokerUrl: string): Promise<Listener> {
  const { process, ask } = await start(bed, 'listen', brokerUrl);
  return {
    during: async (work) => {
      await ask('on');
      const result = await work();
      await ask('off');
      return result;
    },
    stop: async () => {
      await process.stop();
    },
  };
}

async function start(
  bed: Testbed,
  mode: 'receive' | 'decode' | 'listen',
  url: string,
): Promise<{ readonly process: ManagedProcess; readonly ask: (line: string) => Promise<string> }> {
  let answered: (line: string) => void = () => undefined;
  const process = await bed.start({
    name: `bare ${mode} loop`,
    command: globalThis.process.execPath,
    args: [PROGRAM, mode, url],
    leaf: true,
    onLine: (line) => {
      answered(line);
    },
  });
  const ask = (line: string): Promise<string> =>
    new Promise((resolve) => {
      answered = resolve;
      process.write(`${line}\n`);
    });
  return { process, ask };
}

// Starts the bare listener and lets it listen for a block: the control for "somebody listens", whoever it is.
import { fileURLToPath } from 'node:url';
import type { Testbed } from '@celery-watch/testbed';

const PROGRAM = fileURLToPath(new URL('listener-program.js', import.meta.url));

export interface Listener {
  /** Listens until the work is done. */
  during<T>(work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export async function startListener(bed: Testbed, brokerUrl: string): Promise<Listener> {
  let said: () => void = () => undefined;
  const started = await bed.start({
    name: 'bare listener',
    command: process.execPath,
    args: [PROGRAM, brokerUrl],
    leaf: true,
    onLine: () => {
      said();
    },
  });
  const tell = (line: 'on' | 'off'): Promise<void> =>
    new Promise((resolve) => {
      said = resolve;
      started.write(`${line}\n`);
    });
  return {
    during: async (work) => {
      await tell('on');
      const result = await work();
      await tell('off');
      return result;
    },
    stop: async () => {
      await started.stop();
    },
  };
}

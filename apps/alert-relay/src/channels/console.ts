// Writes messages where a person is looking: for trying routes and templates without a server.
import type { Writable } from 'node:stream';
import { z } from 'zod';
import type { Channel, ChannelType } from './channel.js';
import { CONSOLE_LOOK } from './console-look.js';

const settings = z.strictObject({
  /** Which of the program's own streams. */
  stream: z.enum(['stdout', 'stderr'], 'stdout or stderr is wanted').default('stdout'),
});
type Settings = z.infer<typeof settings>;

export const CONSOLE: ChannelType<Settings> = {
  settings,
  ...CONSOLE_LOOK,
  limit: () => ({ max: 1_000_000, unit: 'bytes' }),
  budget: { perMinute: 6000, perSecond: 100 },
  timeoutMs: 15_000,
  idempotent: false,
  create: ({ stream }) => openConsole(process[stream]),
};

/** Does not close the stream: it is not the channel's. */
export function openConsole(stream: Writable): Channel {
  // A broken stream is noticed where it is written to; without a listener the event would end the program.
  const onError = (): void => undefined;
  stream.on('error', onError);
  return {
    dress: CONSOLE_LOOK.dresser(undefined, ''),
    send: ({ content }, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve({ kind: 'retry', reason: 'timeout', detail: 'no time left' });
        const onAbort = (): void => {
          resolve({ kind: 'ambiguous', reason: 'timeout', detail: 'nobody reads the stream' });
        };
        signal.addEventListener('abort', onAbort, { once: true });
        stream.write(content, (error) => {
          signal.removeEventListener('abort', onAbort);
          resolve(
            error
              ? { kind: 'retry', reason: 'network', detail: 'the stream is closed' }
              : { kind: 'delivered', reason: 'ok', detail: 'written' },
          );
        });
      }),
    close: () => {
      stream.off('error', onError);
      return Promise.resolve();
    },
  };
}

// For the tests on real parts: the exporter as the program that users run, and what they ask of its page.
import { Redis } from 'ioredis';
import {
  type Environment,
  type ProcessExit,
  type RedisServer,
  type RunningExporter,
  type Scrape,
  type Testbed,
} from '@celery-watch/testbed';

export type { RunningExporter } from '@celery-watch/testbed';

/** Starts the exporter with these flags on a free port; resolves when it answers, connected or not. */
export function startExporterProgram(
  bed: Testbed,
  flags: readonly string[],
  env: Environment = {},
): Promise<RunningExporter> {
  return bed.exporter({ args: flags, env, until: 'serving' });
}

/**
 * Starts the exporter with exactly these arguments and variables; resolves when it serves, wherever they tell it to.
 */
export function launchExporter(bed: Testbed, args: readonly string[], env: Environment = {}): Promise<RunningExporter> {
  return bed.exporter({ args, env, port: 'own', until: 'serving' });
}

/** Runs the exporter to an end that it comes to by itself. */
export function runExporterProgram(
  bed: Testbed,
  args: readonly string[],
  env: Environment = {},
): Promise<ProcessExit & { readonly output: string }> {
  return bed.runExporter(args, env);
}

/** Flags that make everything happen quickly. */
export const QUICK = ['--queue-poll-interval=1s', '--worker-poll-interval=5s'] as const;

/** A connection for what neither Celery nor redis-cli can do: publish any bytes. */
export async function connectTo(redis: RedisServer): Promise<Redis & AsyncDisposable> {
  const client = new Redis({ ...redis.connection, lazyConnect: true, retryStrategy: null });
  await client.connect();
  return Object.assign(client, {
    [Symbol.asyncDispose]: (): Promise<void> => {
      client.disconnect();
      return Promise.resolve();
    },
  });
}

/** The list that the exporter on this broker has its answers sent to, as its next question to the workers says. */
export async function replyListOf(redis: RedisServer): Promise<string> {
  await using listener = await connectTo(redis);
  const asked = new Promise<string>((resolve) => {
    listener.on('message', (_channel, payload: string) => {
      const { body } = JSON.parse(payload) as { readonly body: string };
      const request = JSON.parse(Buffer.from(body, 'base64').toString()) as { readonly reply_to?: ReplyTo };
      if (request.reply_to?.exchange === '') resolve(request.reply_to.routing_key);
    });
  });
  await listener.subscribe('/0.celery.pidbox');
  return await asked;
}

interface ReplyTo {
  readonly exchange: string;
  readonly routing_key: string;
}

/** The values of a metric by one of its labels, where that alone tells them apart. */
export function byLabel(page: Scrape, name: string, label: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    page.series(name).map(({ labels, value }): [string, number] => [labels[label] ?? '', value]),
  );
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

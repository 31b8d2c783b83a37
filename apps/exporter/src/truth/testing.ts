// For the tests on real parts: the exporter as the program that users run, its page and its log.
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import {
  freePort,
  type ManagedProcess,
  type ProcessExit,
  type RedisServer,
  type Scrape,
  scrape,
  type Testbed,
  waitFor,
} from '@celery-watch/testbed';

const PROGRAM = fileURLToPath(new URL('../../bin/celery-exporter.js', import.meta.url));

export type Environment = Readonly<Record<string, string | undefined>>;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface RunningExporter {
  readonly url: string;
  readonly process: ManagedProcess;
  /** /metrics as it is now. */
  page(): Promise<Scrape>;
  /** Awaits a page on which the condition holds. */
  until(what: string, condition: (page: Scrape) => boolean, within?: number): Promise<Scrape>;
  /** Answer to any path: status and text. */
  get(path: string): Promise<{ readonly status: number; readonly text: string }>;
  /** What it has logged so far. */
  log(): readonly LogLine[];
  /** Awaits a log line whose message fits. */
  logged(message: RegExp, within?: number): Promise<LogLine>;
}

/** Starts the exporter with these flags on a free port; resolves when it answers, connected or not. */
export async function startExporterProgram(
  bed: Testbed,
  flags: readonly string[],
  env: Environment = {},
): Promise<RunningExporter> {
  return launchExporter(bed, [`--port=${await freePort()}`, '--host=127.0.0.1', ...flags], env);
}

/**
 * Starts the exporter with exactly these arguments and variables; resolves when it serves, wherever they tell it to.
 */
export async function launchExporter(
  bed: Testbed,
  args: readonly string[],
  env: Environment = {},
): Promise<RunningExporter> {
  const process = await bed.start({
    name: 'exporter',
    command: globalThis.process.execPath,
    args: [PROGRAM, ...args],
    env,
    leaf: true,
  });
  const log = (): readonly LogLine[] => readLog(process.output());
  const logged = (message: RegExp, within = 30_000): Promise<LogLine> =>
    waitFor(() => log().find(({ msg }) => message.test(msg)), {
      within,
      what: `the exporter logs ${String(message)}, not only\n${process.lastLines()}`,
      every: 20,
    });
  await process.ready(() => log().some(({ msg }) => msg === 'serving metrics'), { within: 30_000 });
  const url = String((await logged(/^serving metrics$/))['url']).replace(/\/metrics$/, '');
  const page = (): Promise<Scrape> => scrape(`${url}/metrics`);
  return {
    url,
    process,
    page,
    log,
    logged,
    get: async (path) => {
      const response = await fetch(url + path, { signal: AbortSignal.timeout(5000) });
      return { status: response.status, text: await response.text() };
    },
    until: async (what, condition, within = 30_000) => {
      let last: Scrape | undefined;
      try {
        await waitFor(async () => condition((last = await page())), { within, what });
      } catch (error) {
        throw new Error(`${what}: never came true. The last page:\n${tasksOnly(last)}`, { cause: error });
      }
      return last as unknown as Scrape;
    },
  };
}

/** Runs the exporter to an end that it comes to by itself. */
export async function runExporterProgram(
  bed: Testbed,
  args: readonly string[],
  env: Environment = {},
): Promise<ProcessExit & { readonly output: string }> {
  const process = await bed.start({
    name: 'exporter',
    command: globalThis.process.execPath,
    args: [PROGRAM, ...args],
    env,
    leaf: true,
  });
  const exit = await process.exited;
  return { ...exit, output: process.output() };
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

/** Lines that are no JSON come from Node.js itself; the last one may still be on its way. */
function readLog(output: string): readonly LogLine[] {
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);
}

function tasksOnly(page: Scrape | undefined): string {
  return (page?.text ?? 'none')
    .split('\n')
    .filter((line) => /^celery_/.test(line) && !/_bucket|_load_|_exporter_event_lag/.test(line) && !line.endsWith(' 0'))
    .join('\n');
}

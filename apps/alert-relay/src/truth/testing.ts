// For the tests on real parts: the relay as the program that users run, its page, its log, and posts as AlertManager
// sends them.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  freePort,
  type ManagedProcess,
  type ProcessExit,
  type Scrape,
  scrape,
  type Testbed,
  waitFor,
} from '@celery-watch/testbed';

export const PROGRAM = fileURLToPath(new URL('../../bin/alert-relay.js', import.meta.url));

export type Settings = Readonly<Record<string, unknown>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface RunningRelay {
  readonly url: string;
  readonly process: ManagedProcess;
  /** Its configuration file. */
  readonly file: string;
  page(): Promise<Scrape>;
  /** Awaits a page on which the condition holds. */
  until(what: string, condition: (page: Scrape) => boolean, within?: number): Promise<Scrape>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** Posts a body, JSON where it is no text and no bytes, to the webhook or another path. */
  post(
    body: unknown,
    options?: { readonly path?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Answer>;
  log(): readonly LogLine[];
  /** Awaits a log line whose message fits. */
  logged(message: RegExp, within?: number): Promise<LogLine>;
  /** Everything that it has written, both streams. */
  written(): string;
}

/** Writes a configuration; JSON is YAML. Gives the file's path. */
export async function writeConfig(bed: Testbed, settings: Settings, name = 'alert-relay.yml'): Promise<string> {
  const file = path.join(bed.folder, name);
  await writeFile(file, JSON.stringify(settings, undefined, 1));
  return file;
}

/**
 * What a test's configuration has unless it says otherwise: a free port of the loopback, a store in the testbed's
 * folder, no watchdog.
 */
export async function settingsOf(bed: Testbed, given: Settings): Promise<Settings> {
  return {
    listen: `127.0.0.1:${await freePort()}`,
    storage: { path: path.join(bed.folder, 'relay.db') },
    watchdog: 'none',
    ...given,
  };
}

export interface LaunchOptions {
  readonly env?: Environment;
  /** Takes the place of the program and its first arguments. */
  readonly command?: readonly [string, ...string[]];
  readonly node?: readonly string[];
}

/** Starts the relay with a configuration that lies in `file`; resolves when it takes alerts. */
export async function launchRelay(
  bed: Testbed,
  file: string,
  { env = {}, node = [], command = [globalThis.process.execPath, ...node, PROGRAM] }: LaunchOptions = {},
): Promise<RunningRelay> {
  const lines: string[] = [];
  const [program, ...first] = command;
  const process = await bed.start({
    name: 'alert-relay',
    command: program,
    args: [...first, '--config', file],
    env,
    onLine: (line) => void lines.push(line),
    leaf: true,
  });
  const written = (): string => `${lines.join('\n')}\n${process.output()}`;
  const log = (): readonly LogLine[] =>
    lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  const logged = (message: RegExp, within = 30_000): Promise<LogLine> =>
    waitFor(() => log().find(({ msg }) => message.test(msg)), {
      within,
      what: `the relay logs ${String(message)}`,
      every: 20,
    });
  const url = `http://${(JSON.parse(await readFile(file, 'utf8')) as { listen: string }).listen}`;
  await process
    .ready(async () => (await fetch(`${url}/healthz`)).ok, { within: 30_000 })
    .catch((error: unknown) => {
      throw new Error(`${(error as Error).message}\n${lines.slice(-10).join('\n')}`, { cause: error });
    });
  const page = (): Promise<Scrape> => scrape(`${url}/metrics`);
  return {
    url,
    process,
    file,
    page,
    log,
    logged,
    written,
    get: (to, headers = {}) => ask(url + to, { headers }),
    post: (body, { path: to = '/webhook/alertmanager', headers = {} } = {}) =>
      ask(url + to, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body:
          typeof body === 'string'
            ? body
            : body instanceof Uint8Array
              ? new Blob([body as Uint8Array<ArrayBuffer>])
              : JSON.stringify(body),
      }),
    until: async (what, condition, within = 30_000) => {
      let last: Scrape | undefined;
      await waitFor(async () => condition((last = await page())), { within, what }).catch((error: unknown) => {
        throw new Error(`${what}: never came true. The last page:\n${ownLines(last)}\n${lines.slice(-10).join('\n')}`, {
          cause: error,
        });
      });
      return last as unknown as Scrape;
    },
  };
}

export async function startRelayProgram(
  bed: Testbed,
  settings: Settings,
  options?: LaunchOptions,
): Promise<RunningRelay> {
  return launchRelay(bed, await writeConfig(bed, await settingsOf(bed, settings)), options);
}

/** Runs a command of the relay, or a start that fails, to its end. */
export async function runProgram(
  bed: Testbed,
  args: readonly string[],
  env: Environment = {},
): Promise<ProcessExit & { readonly out: string; readonly err: string }> {
  const out: string[] = [];
  const process = await bed.start({
    name: `alert-relay ${args[0] ?? ''}`,
    command: globalThis.process.execPath,
    args: [PROGRAM, ...args],
    env,
    onLine: (line) => void out.push(line),
    leaf: true,
  });
  const exit = await process.exited;
  return { ...exit, out: out.join('\n'), err: process.output() };
}

export interface TestAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly status?: 'firing' | 'resolved';
  readonly startsAt?: number;
  readonly endsAt?: number;
  readonly fingerprint?: string;
}

/** A post as AlertManager's webhook sends it, version 4. */
export function postOf(
  group: string,
  alerts: readonly TestAlert[],
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    receiver: 'relay',
    status: alerts.some(({ status }) => status !== 'resolved') ? 'firing' : 'resolved',
    version: '4',
    truncatedAlerts: 0,
    groupKey: `{}:{group="${group}"}`,
    groupLabels: { group },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager.test:9093',
    alerts: alerts.map(
      ({ labels, annotations = {}, status = 'firing', startsAt = 1_790_000_000_000, endsAt, fingerprint }) => ({
        status,
        labels,
        annotations,
        startsAt: new Date(startsAt).toISOString(),
        endsAt: endsAt === undefined ? '0001-01-01T00:00:00Z' : new Date(endsAt).toISOString(),
        generatorURL: 'http://prometheus.test:9090/graph?g0.expr=up',
        ...(fingerprint !== undefined && { fingerprint }),
      }),
    ),
    ...more,
  };
}

async function ask(url: string, options: RequestInit): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000), ...options });
  return { status: response.status, text: await response.text() };
}

function ownLines(page: Scrape | undefined): string {
  return (page?.text ?? 'none')
    .split('\n')
    .filter((line) => /^alert_relay/.test(line) && !/_bucket/.test(line))
    .join('\n');
}

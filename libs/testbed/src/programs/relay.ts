// The alert relay as the program that users run.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProcessExit } from '../processes/managed-process.js';
import type { Processes } from '../processes/processes.js';
import { programOf } from './repository.js';
import { type Answer, ask, awaitLog, type Environment, type RunningApp, runningApp } from './running-app.js';

export type RelaySettings = Readonly<Record<string, unknown>>;

export interface RelayOptions {
  /**
   * Its configuration, or the JSON file that holds it. It must say `listen`, as `host:port`, since that is where the
   * testbed asks.
   */
  readonly config: RelaySettings | string;
  readonly env?: Environment | undefined;
  /** Options of Node.js itself. */
  readonly nodeOptions?: readonly string[] | undefined;
  /** Takes the place of the program and its first arguments. */
  readonly command?: readonly [string, ...string[]] | undefined;
  /**
   * When it counts as started. Default: `ready` to take alerts; `alive`: it answers; `serving`: its log says that it
   * takes alerts, and where.
   */
  readonly until?: 'ready' | 'alive' | 'serving' | undefined;
  readonly within?: number | undefined;
}

export interface RunningRelay extends RunningApp {
  /** Its configuration file. */
  readonly file: string;
  /** Posts a body, JSON where it is no text and no bytes, to the webhook or another path. */
  post(
    body: unknown,
    options?: { readonly path?: string; readonly headers?: Readonly<Record<string, string>> },
  ): Promise<Answer>;
  /** Everything that it has written, both streams. */
  written(): string;
}

/** Writes a configuration into the testbed's folder; JSON is YAML. Gives the file's path. */
export async function writeRelayConfig(processes: Processes, settings: RelaySettings, name: string): Promise<string> {
  const file = path.join(processes.folder, name);
  // It may hold secrets.
  await writeFile(file, JSON.stringify(settings, undefined, 1), { mode: 0o600 });
  return file;
}

export async function startRelay(
  processes: Processes,
  { config, env, nodeOptions = [], command, until = 'ready', within = 60_000 }: RelayOptions,
): Promise<RunningRelay> {
  const file =
    typeof config === 'string'
      ? config
      : await writeRelayConfig(processes, config, `alert-relay-${processes.next()}.yml`);
  const { listen } = JSON.parse(await readFile(file, 'utf8')) as { readonly listen: string };
  const [program, ...first] = command ?? [process.execPath, ...nodeOptions, programOf('relay')];
  const lines: string[] = [];
  const started = await processes.start({
    name: 'alert-relay',
    command: program,
    args: [...first, '--config', file],
    env,
    onLine: (line) => void lines.push(line),
    leaf: true,
  });
  const plain = `http://${listen}`;
  if (until !== 'serving')
    await started.ready(async () => (await fetch(`${plain}/${until === 'ready' ? 'readyz' : 'healthz'}`)).ok, {
      within,
    });
  const serving = until === 'serving' ? await awaitLog(started, () => lines, /^taking alerts$/, within) : undefined;
  const url = serving === undefined ? plain : new URL(String(serving['url'])).origin;
  return {
    ...runningApp({
      url,
      process: started,
      lines: () => lines,
      isTelling: (line) => /^alert_relay/.test(line) && !/_bucket/.test(line),
    }),
    file,
    written: () => `${lines.join('\n')}\n${started.output()}`,
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
  };
}

/** Runs a command of the relay, or a start that fails, to its end. */
export async function runRelay(
  processes: Processes,
  args: readonly string[],
  env?: Environment,
): Promise<ProcessExit & { readonly out: string; readonly err: string }> {
  const out: string[] = [];
  const started = await processes.start({
    name: `alert-relay ${args[0] ?? ''}`,
    command: process.execPath,
    args: [programOf('relay'), ...args],
    env,
    onLine: (line) => void out.push(line),
    leaf: true,
  });
  const exit = await started.exited;
  return { ...exit, out: out.join('\n'), err: started.output() };
}

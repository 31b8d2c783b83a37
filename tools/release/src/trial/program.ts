// Runs an installed program as its users would, and finds out what it takes: version, check of its configuration, the
// time to its first answer, its memory, and a clean end.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { memoryUse, waitFor } from '@celery-watch/testbed';
import type { Figure } from '../way.js';

/** What to call, and where. */
export interface Installed {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** All of its environment: nothing of this one's is passed on. */
  readonly env: Readonly<Record<string, string>>;
}

/** What it is asked for, and what must come out. */
export interface Trial {
  /** As `--version` says it: `celery-exporter 0.1.0`. */
  readonly version: string;
  /** Arguments of a run that serves, which `check-config` takes, too. */
  readonly args: readonly string[];
  /** The base of its URLs, without a slash at the end. */
  readonly url: string;
  /** What its page of metrics must hold before it counts as working. */
  readonly metric: RegExp;
}

const START_MS = 60_000;
/** It ends within 10 s by itself. */
const STOP_MS = 15_000;

/** Throws with what the program said where something is not as it should be. */
export async function tryProgram(installed: Installed, trial: Trial, signal: AbortSignal): Promise<readonly Figure[]> {
  const said = runToEnd(installed, ['--version']);
  if (said.trim() !== trial.version) throw new Error(`--version says ${said}, and not ${trial.version}`);
  runToEnd(installed, ['check-config', ...trial.args]);
  const [program, ...before] = installed.command;
  const began = performance.now();
  const child = spawn(program, [...before, ...trial.args], {
    cwd: installed.cwd,
    env: { ...installed.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += String(bytes)));
  child.on('error', (error) => (output += String(error)));
  try {
    const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
    const answers = async (path: string, wanted: RegExp): Promise<boolean> => {
      if (isGone()) throw new Error(`it ended:\n${output}`);
      const answer = await fetch(trial.url + path, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
      return answer?.ok === true && wanted.test(await answer.text());
    };
    const eager = { within: START_MS, every: 10 };
    await waitFor(() => answers('/healthz', /./), { ...eager, what: `an answer of ${trial.version}` });
    const first = performance.now() - began;
    await waitFor(() => answers('/readyz', /./), { ...eager, what: `${trial.version} to be ready` });
    await waitFor(() => answers('/metrics', trial.metric), { ...eager, what: `${trial.version} to show its metrics` });
    // Of what sudo started only sudo is known here.
    const isItself = path.basename(program) !== 'sudo';
    const memory = isItself ? (await memoryUse(child.pid ?? 0)).now : undefined;
    const stopping = performance.now();
    child.kill('SIGTERM');
    const [status, by] = await Promise.race([
      ended,
      new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`still there ${STOP_MS / 1000} s after SIGTERM`)), STOP_MS).unref();
      }),
    ]);
    if (status !== 0) throw new Error(`SIGTERM ended it with ${String(status ?? by)}`);
    const name = trial.version.split(' ')[0] ?? '';
    return [
      { what: `${name}, start to first answer`, value: `${first.toFixed(0)} ms` },
      {
        what: `${name}, memory`,
        value: memory === undefined ? 'not known' : `${(memory / 2 ** 20).toFixed(0)} MiB`,
      },
      { what: `${name}, SIGTERM to its end`, value: `${(performance.now() - stopping).toFixed(0)} ms` },
    ];
  } catch (error) {
    throw new Error(`${(error as Error).message}\nIt said:\n${output}`, { cause: error });
  } finally {
    child.kill('SIGKILL');
  }
}

/** What a short run says. */
export function runToEnd({ command, cwd, env }: Installed, args: readonly string[]): string {
  const [program, ...before] = command;
  const run = spawnSync(program, [...before, ...args], { cwd, env: { ...env }, encoding: 'utf8', timeout: START_MS });
  if (run.status === 0) return run.stdout;
  const why = run.error?.message ?? `status ${String(run.status ?? run.signal)}`;
  throw new Error(`${[...command, ...args].join(' ')}: ${why}\n${run.stdout}${run.stderr}`);
}

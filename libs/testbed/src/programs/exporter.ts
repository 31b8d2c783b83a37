// The exporter as the program that users run.
import { freePort } from '../processes/free-port.js';
import type { ManagedProcess, ProcessExit } from '../processes/managed-process.js';
import type { Processes } from '../processes/processes.js';
import { programOf } from './repository.js';
import { awaitLog, type Environment, logOf, type RunningApp, runningApp } from './running-app.js';

export interface ExporterOptions {
  /** Its flags, after `--port` and `--host` where the testbed gives them. */
  readonly args?: readonly string[] | undefined;
  /** Its port on 127.0.0.1. Default: a free one. `own`: its flags, its variables or its file say where it listens. */
  readonly port?: number | 'own' | undefined;
  readonly env?: Environment | undefined;
  /** Options of Node.js itself, such as `--cpu-prof`. */
  readonly nodeOptions?: readonly string[] | undefined;
  /** When it counts as started. Default: `connected` to its broker; `serving`: its log says that it serves. */
  readonly until?: 'connected' | 'serving' | undefined;
  readonly within?: number | undefined;
}

export type RunningExporter = RunningApp;

export async function startExporter(
  processes: Processes,
  { args = [], port: wanted, env, nodeOptions = [], until = 'connected', within = 60_000 }: ExporterOptions,
): Promise<RunningExporter> {
  const port = wanted ?? (await freePort());
  const process = await start(
    processes,
    [...nodeOptions, programOf('exporter'), ...(port === 'own' ? [] : [`--port=${port}`, '--host=127.0.0.1']), ...args],
    env,
  );
  // The last line may still be on its way.
  const lines = (): readonly string[] => process.output().split('\n').slice(0, -1);
  if (until === 'serving' || port === 'own')
    await process.ready(() => logOf(lines()).some(({ msg }) => msg === 'serving metrics'), { within });
  const url =
    until === 'serving' || port === 'own'
      ? String((await awaitLog(process, lines, /^serving metrics$/))['url']).replace(/\/metrics$/, '')
      : `http://127.0.0.1:${port}`;
  if (until === 'connected')
    await process.ready(async () => (await fetch(`${url}/readyz`)).ok, {
      within,
      what: 'the exporter to be connected',
    });
  return runningApp({ url, process, lines, isTelling });
}

/** Runs it to an end that it comes to by itself. */
export async function runExporter(
  processes: Processes,
  args: readonly string[],
  env?: Environment,
): Promise<ProcessExit & { readonly output: string }> {
  const process = await start(processes, [programOf('exporter'), ...args], env);
  const exit = await process.exited;
  return { ...exit, output: process.output() };
}

function start(processes: Processes, args: readonly string[], env: Environment | undefined): Promise<ManagedProcess> {
  return processes.start({ name: 'exporter', command: process.execPath, args, env, leaf: true });
}

/** What it says of tasks, workers and queues, where that is not zero. */
function isTelling(line: string): boolean {
  return /^celery_/.test(line) && !/_bucket|_load_|_exporter_event_lag/.test(line) && !line.endsWith(' 0');
}

// A real Celery worker that runs the truth application.
import { type BrokerAddress, PYTHON, pythonEnvironment } from './environment.js';
import type { Processes } from '../processes/processes.js';
import type { ManagedProcess, ProcessExit } from '../processes/managed-process.js';

export interface WorkerOptions {
  readonly broker: BrokerAddress;
  readonly pool?: 'prefork' | 'threads' | 'solo' | 'gevent' | undefined;
  readonly concurrency?: number | undefined;
  /** `w1` becomes `w1@testbed`; a name with an @ stays. */
  readonly name?: string | undefined;
  readonly queues?: readonly string[] | undefined;
  /** Task events from the start (`-E`). Default true. */
  readonly events?: boolean | undefined;
  /** Whether a task sent from inside a worker (a retry) says `task-sent`. */
  readonly sendSentEvent?: boolean | undefined;
  /** Celery settings by their lower-case names, merged into the application's. */
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
  readonly transportOptions?: Readonly<Record<string, unknown>> | undefined;
  /** Asks the other workers for their clocks at start, which costs a second when there are any. Default false. */
  readonly mingle?: boolean | undefined;
  readonly extraArgs?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Where tasks record what happened to them; default is the testbed's own file. */
  readonly truthFile?: string | undefined;
  /** The interpreter, which decides which Celery runs. Default Debian's. */
  readonly python?: string | undefined;
  /** A command that runs the interpreter, such as `unshare --pid …`. */
  readonly runner?: readonly string[] | undefined;
  /** Milliseconds until it must be ready. */
  readonly readyWithin?: number | undefined;
}

export interface Worker {
  readonly nodename: string;
  readonly pid: number;
  readonly process: ManagedProcess;
  /**
   * Warm shutdown: SIGTERM to the main process, running tasks end first. SIGKILL when it takes longer than `within` (30
   * s).
   */
  stop(options?: { readonly within?: number | undefined }): Promise<ProcessExit>;
  /** SIGKILL to the main process and all its children: no goodbye. */
  kill(): Promise<ProcessExit>;
  output(): string;
}

export async function startWorker(processes: Processes, truthFile: string, options: WorkerOptions): Promise<Worker> {
  const name = options.name ?? `worker${processes.next()}`;
  const nodename = name.includes('@') ? name : `${name}@testbed`;
  const [runner, ...runnerArgs] = [...(options.runner ?? []), options.python ?? PYTHON];
  const started = await processes.start({
    name: `worker ${nodename}`,
    leaf: true,
    command: runner,
    args: [
      ...runnerArgs,
      '-m',
      'celery',
      '--quiet',
      '-A',
      'truth_app',
      'worker',
      ...workerArguments(nodename, options),
    ],
    env: pythonEnvironment({
      broker: options.broker,
      transportOptions: options.transportOptions,
      sendSentEvent: options.sendSentEvent,
      settings: options.settings,
      truthFile: options.truthFile ?? truthFile,
      env: options.env,
    }),
  });
  await started.ready(() => started.output().includes(`${nodename} ready.`), { within: options.readyWithin ?? 90_000 });
  return {
    nodename,
    pid: started.pid,
    process: started,
    stop: (settings) => started.stop(settings),
    kill: () => started.kill(),
    output: () => started.output(),
  };
}

function workerArguments(nodename: string, options: WorkerOptions): string[] {
  const args = [
    '--loglevel',
    'INFO',
    '--hostname',
    nodename,
    '--pool',
    options.pool ?? 'prefork',
    '--concurrency',
    String(options.concurrency ?? 2),
  ];
  if (options.queues) args.push('--queues', options.queues.join(','));
  if (options.events ?? true) args.push('--task-events');
  if (!options.mingle) args.push('--without-mingle');
  return [...args, ...(options.extraArgs ?? [])];
}

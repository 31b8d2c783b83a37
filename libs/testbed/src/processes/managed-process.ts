// One program started for a test: its own process group, its output kept, its end awaited, nothing of it left behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

import { killGroup, type Reaper } from './reaper.js';
import { waitFor } from './wait-for.js';

export interface ProcessSpec {
  /** How failures name it. */
  readonly name: string;
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  readonly cwd?: string | undefined;
  /** Added to this process's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Whom it runs as, where this process is root and the program refuses that. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** What ends it cleanly. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals | undefined;
  /** Gets each line of standard output, which is then not part of `output()`. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Nothing that the testbed started needs it, as with a worker: all such end first and together. */
  readonly leaf?: boolean | undefined;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const KEPT_CHARACTERS = 2_000_000;
const SHOWN_LINES = 30;
const SHOWN_CHARACTERS = 20_000;

export class ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly leaf: boolean;
  /** Fulfilled when the program has ended and its whole group with it. */
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  readonly #stopSignal: NodeJS.Signals;
  #output = '';
  /** The end of both streams, for failures. */
  #tail = '';
  #exit: ProcessExit | undefined;

  static start(spec: ProcessSpec, reaper: Reaper): Promise<ManagedProcess> {
    const child = spawn(spec.command, spec.args ?? [], {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env },
      uid: spec.uid,
      gid: spec.gid,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new Promise((resolve, reject) => {
      child.once('error', (error) => {
        reject(new Error(`cannot start ${spec.name} (${spec.command}): ${error.message}`, { cause: error }));
      });
      child.once('spawn', () => {
        resolve(new ManagedProcess(spec, child, reaper));
      });
    });
  }

  private constructor(spec: ProcessSpec, child: ChildProcess, reaper: Reaper) {
    this.name = spec.name;
    this.pid = child.pid ?? 0;
    this.leaf = spec.leaf ?? false;
    this.#child = child;
    this.#stopSignal = spec.stopSignal ?? 'SIGTERM';
    reaper.add(this.pid);
    child.stdin?.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8');
      stream?.on('data', (text: string) => {
        this.#tail = (this.#tail + text).slice(-SHOWN_CHARACTERS);
      });
      if (stream && stream === child.stdout && spec.onLine) createInterface({ input: stream }).on('line', spec.onLine);
      else
        stream?.on('data', (text: string) => {
          this.#output = (this.#output + text).slice(-KEPT_CHARACTERS);
        });
    }
    this.exited = new Promise((resolve) => {
      const closed = new Promise((done) => child.once('close', done));
      child.once('exit', (code, signal) => {
        // Whoever outlives the leader is a leftover. Now, since once the group is empty its number may be given to a
        // stranger.
        killGroup(this.pid, 'SIGKILL');
        reaper.remove(this.pid);
        const exit = { code, signal };
        void Promise.race([closed, delay(500)]).then(() => {
          this.#exit = exit;
          resolve(exit);
        });
      });
    });
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** What it has written so far, both streams in order of arrival. */
  output(): string {
    return this.#output;
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  closeInput(): void {
    this.#child.stdin?.end();
  }

  /** To the program itself, not to its children. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  signalGroup(signal: NodeJS.Signals): void {
    if (this.running) killGroup(this.pid, signal);
  }

  /** SIGTERM or `stopSignal` to the program; SIGKILL to its group when that takes longer than `within` milliseconds. */
  async stop(options: { readonly within?: number | undefined } = {}): Promise<ProcessExit> {
    if (this.running) this.signal(this.#stopSignal);
    return this.#endWithin(options.within ?? 30_000);
  }

  /** The same to the whole group, for an end where nobody asks what the children were doing. */
  async stopGroup(options: { readonly within: number }): Promise<ProcessExit> {
    this.signalGroup(this.#stopSignal);
    this.signalGroup('SIGCONT');
    return this.#endWithin(options.within);
  }

  async kill(): Promise<ProcessExit> {
    this.signalGroup('SIGKILL');
    return this.exited;
  }

  /** Waits until the program is ready; fails at once, with its last words, when it ends instead. */
  async ready<T>(
    condition: () => T | Promise<T>,
    options: { readonly within: number; readonly what?: string | undefined },
  ): Promise<void> {
    const what = options.what ?? `${this.name} is ready`;
    try {
      const how = await waitFor(async () => (this.#exit ? 'ended' : (await condition()) && 'ready'), {
        within: options.within,
        what,
        every: 20,
      });
      if (how === 'ended')
        throw new Error(
          `${this.name} ended (code ${this.#exit?.code}, signal ${this.#exit?.signal}) instead of getting ready`,
        );
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.lastLines()}`, { cause: error });
    }
  }

  lastLines(): string {
    const lines = this.#tail.trimEnd().split('\n').slice(-SHOWN_LINES);
    return `--- last output of ${this.name} ---\n${lines.join('\n')}\n---`;
  }

  async #endWithin(within: number): Promise<ProcessExit> {
    const deadline = new AbortController();
    const late = delay(within, undefined, { signal: deadline.signal }).catch(() => undefined);
    const exit = await Promise.race([this.exited, late]);
    deadline.abort();
    return exit ?? this.kill();
  }
}

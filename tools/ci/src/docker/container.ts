// Runs a built stage as Docker would run its image: its entry point, its environment, its user, and its health check
// beside it.
import { execFile } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ManagedProcess, Testbed } from '@celery-watch/testbed';
import { type BuiltStage, userOf } from './build-stages.js';
import { execForm, lastOf } from './dockerfile.js';

const runFile = promisify(execFile);

export class Container {
  readonly #bed: Testbed;
  readonly #built: BuiltStage;
  readonly #env: Readonly<Record<string, string>>;

  constructor(bed: Testbed, built: BuiltStage, env: Readonly<Record<string, string>>) {
    this.#bed = bed;
    this.#built = built;
    this.#env = env;
  }

  /** The entry point with these arguments. */
  start(args: readonly string[] = []): Promise<ManagedProcess> {
    const [command, ...rest] = this.#asUser([...this.#words('ENTRYPOINT'), ...args]);
    return this.#bed.start({
      name: this.#built.stage.name,
      command,
      args: rest,
      cwd: this.#folder(),
      env: this.#environment(),
      leaf: true,
    });
  }

  /** What the health check says, and whether it is content. */
  async healthCheck(): Promise<{ readonly healthy: boolean; readonly says: string }> {
    const [command, ...args] = this.#asUser(this.#words('HEALTHCHECK'));
    try {
      const { stdout } = await runFile(command, args, { cwd: this.#folder(), env: this.#environment() });
      return { healthy: true, says: stdout.trim() };
    } catch (error) {
      return { healthy: false, says: (error as { stderr: string }).stderr.trim() };
    }
  }

  #words(instruction: string): readonly string[] {
    return execForm(lastOf(this.#built.stage, instruction)?.text ?? `${instruction} []`);
  }

  /** Only root can become another; anybody else runs it as the one who asks. */
  #asUser([program = '', ...args]: readonly string[]): [string, ...string[]] {
    const command = program === 'node' ? process.execPath : program;
    if (process.getuid?.() !== 0) return [command, ...args];
    const { uid, gid } = userOf(this.#built);
    return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', command, ...args];
  }

  #environment(): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', ...this.#built.env, ...this.#env };
  }

  #folder(): string {
    return join(this.#built.root, this.#built.workdir);
  }
}

/** Bytes and files of what a stage adds to its base image. */
export function sizeOf(folder: string): { readonly bytes: number; readonly files: readonly string[] } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return { bytes: files.reduce((sum, file) => sum + statSync(file).size, 0), files };
}

// The last line of defence against leftovers: whatever way this process ends, its process groups die and its folder
// goes.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

// It reads "group N" and "gone N". Its standard input ends when we close it or die, even by SIGKILL: no exit hook
// covers that, and Jest hands tests a copy of `process` whose exit hooks never run. Its own session keeps it out of
// reach of Ctrl-C and of a kill of our group. (`kill -s KILL`, since dash takes no `--` after `kill -KILL`.)
const SCRIPT = `
groups=
while read -r what group; do
  case $what in
    group) groups="$groups $group" ;;
    gone) kept=; for g in $groups; do [ "$g" = "$group" ] || kept="$kept $g"; done; groups=$kept ;;
  esac
done
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
[ -z "$groups" ] || sleep 0.2
rm -rf -- "$1"
`;

const living = new Set<Reaper>();

export class Reaper {
  readonly #folder: string;
  readonly #groups = new Set<number>();
  readonly #shell: ChildProcess;

  constructor(folder: string) {
    this.#folder = folder;
    this.#shell = spawn('/bin/sh', ['-c', SCRIPT, 'testbed-reaper', folder], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell.stdin?.on('error', () => undefined);
    this.#shell.on('error', () => undefined);
    this.#shell.unref();
    if (living.size === 0) process.once('exit', reapAll);
    living.add(this);
  }

  add(group: number): void {
    this.#groups.add(group);
    this.#shell.stdin?.write(`group ${group}\n`);
  }

  /** The group has no member left: its number may soon belong to somebody else. */
  remove(group: number): void {
    this.#groups.delete(group);
    this.#shell.stdin?.write(`gone ${group}\n`);
  }

  /** Kills what is left, removes the folder and ends. */
  async close(): Promise<void> {
    if (!living.delete(this)) return;
    if (living.size === 0) process.removeListener('exit', reapAll);
    this.reapNow();
    if (this.#shell.exitCode !== null || this.#shell.signalCode !== null) return;
    this.#shell.ref();
    this.#shell.stdin?.end();
    await once(this.#shell, 'exit');
  }

  reapNow(): void {
    for (const group of this.#groups) killGroup(group, 'SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** False when the group is gone already. */
export function killGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function reapAll(): void {
  for (const reaper of living) reaper.reapNow();
}

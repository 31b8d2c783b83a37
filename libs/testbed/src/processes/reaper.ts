// The last line of defence against leftovers: whatever way this process ends, its process groups die, its segments of
// shared memory are freed and its folder goes.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';

// It reads "group N" and "gone N", "memory N" and "freed N". Its standard input ends when we close it or die, even by
// SIGKILL: no exit hook covers that, and Jest hands tests a copy of `process` whose exit hooks never run. Its own
// session keeps it out of reach of Ctrl-C and of a kill of our group. (`kill -s KILL`, since dash takes no `--` after
// `kill -KILL`.)
const SCRIPT = `
groups= memories=
while read -r what group; do
  case $what in
    group) groups="$groups $group" ;;
    gone) kept=; for g in $groups; do [ "$g" = "$group" ] || kept="$kept $g"; done; groups=$kept ;;
    memory) memories="$memories $group" ;;
    freed) kept=; for m in $memories; do [ "$m" = "$group" ] || kept="$kept $m"; done; memories=$kept ;;
  esac
done
for g in $groups; do kill -s KILL -- "-$g" 2>/dev/null; done
[ -z "$groups" ] || sleep 0.2
for m in $memories; do ipcrm -m "$m" 2>/dev/null; done
rm -rf -- "$1"
`;

const living = new Set<Reaper>();

export class Reaper {
  readonly #folder: string;
  readonly #groups = new Set<number>();
  readonly #memories = new Set<number>();
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

  /** A segment of shared memory, which outlives the processes that use it. */
  addMemory(segment: number): void {
    this.#memories.add(segment);
    this.#shell.stdin?.write(`memory ${segment}\n`);
  }

  removeMemory(segment: number): void {
    this.#memories.delete(segment);
    this.#shell.stdin?.write(`freed ${segment}\n`);
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
    for (const segment of this.#memories) freeMemory(segment);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Nothing happens where its owner has freed it. */
export function freeMemory(segment: number): void {
  spawnSync('ipcrm', ['-m', String(segment)], { stdio: 'ignore' });
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

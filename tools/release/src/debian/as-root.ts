// Runs the programs that make and run images, which need root: by sudo where one is an ordinary user.
import { spawnSync } from 'node:child_process';
import { runCommand } from '@celery-watch/testbed';

const asRoot = (words: readonly string[]): readonly string[] =>
  process.getuid?.() === 0 ? words : ['sudo', '-n', ...words];

/** Whether one is root, or may become it without a password. */
export function mayBeRoot(): boolean {
  return process.getuid?.() === 0 || spawnSync('sudo', ['-n', 'true']).status === 0;
}

/** What it printed. Throws with the end of what it complained about. */
export async function rootRun(words: readonly string[], signal?: AbortSignal): Promise<string> {
  const [program = '', ...args] = asRoot(words);
  try {
    return (await runCommand(program, args, { within: 0, signal })).trim();
  } catch (error) {
    throw new Error(`this fails: ${words.join(' ')}\n${(error as Error).message}`, { cause: error });
  }
}

/** The words to start it with. */
export function rootCommand(words: readonly string[]): [string, ...string[]] {
  const [program = '', ...args] = asRoot(words);
  return [program, ...args];
}

// Runs the programs that make and run images, which need root: by sudo where one is an ordinary user.
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const MOST_OUTPUT = 64 * 2 ** 20;
const SHOWN = 4000;

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
    const { stdout } = await run(program, args, { maxBuffer: MOST_OUTPUT, signal });
    return stdout.trim();
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`this fails: ${words.join(' ')}\n${`${stdout}\n${stderr}`.trim().slice(-SHOWN)}`, { cause: error });
  }
}

/** The words to start it with. */
export function rootCommand(words: readonly string[]): [string, ...string[]] {
  const [program = '', ...args] = asRoot(words);
  return [program, ...args];
}

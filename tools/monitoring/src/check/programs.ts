// promtool and amtool: the judges of syntax, of rule tests and of routes.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One call of a program, and what it is for. */
export interface Call {
  readonly program: 'promtool' | 'amtool';
  readonly args: readonly string[];
  /** The file of which it speaks. */
  readonly file: string;
  readonly what: string;
}

/** undefined when all is well, else the words of the program. */
export type Verdict = string | undefined;

const PACKAGES = { promtool: 'prometheus', amtool: 'prometheus-alertmanager' } as const;
/** A call takes a few seconds at most. */
const TIMEOUT = 60_000;

/** The programs that are not installed, each with what to do. */
export async function missingPrograms(): Promise<string[]> {
  const names = ['promtool', 'amtool'] as const;
  const missing = await Promise.all(
    names.map(async (name) => {
      try {
        await run(name, ['--version']);
        return [];
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'ENOENT'
          ? [`${name} is not installed: apt-get install ${PACKAGES[name]}`]
          : [];
      }
    }),
  );
  return missing.flat();
}

/** Runs the calls side by side; gives their verdicts in the same order. */
export async function runAll(calls: readonly Call[], cwd: string): Promise<Verdict[]> {
  const verdicts: Verdict[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let i = next++; i < calls.length; i = next++) verdicts[i] = await runOne(calls[i] as Call, cwd);
  };
  await Promise.all(Array.from({ length: availableParallelism() + 1 }, work));
  return verdicts;
}

async function runOne({ program, args }: Call, cwd: string): Promise<Verdict> {
  try {
    await run(program, args, { cwd, timeout: TIMEOUT, maxBuffer: 10_000_000 });
    return undefined;
  } catch (error) {
    const {
      stdout = '',
      stderr = '',
      message,
    } = error as Error & { readonly stdout?: string; readonly stderr?: string };
    // promtool and amtool spread their words over blank lines and a remark about flags.
    const said = `${stdout}\n${stderr}`
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('Warning: --config.file'));
    return said.join('\n') || message;
  }
}

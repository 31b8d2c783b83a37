// However the process that owns a testbed ends, nothing of the testbed stays.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { describe, expect, it } from '@jest/globals';

import { waitFor } from './wait-for.js';

const OWNER = `
  const { familyOf, Testbed } = await import(${JSON.stringify(new URL('../index.js', import.meta.url).href)});
  const bed = new Testbed();
  const redis = await bed.redis();
  const postgres = await bed.postgres();
  const worker = await bed.worker({ broker: redis });
  const shell = await bed.start({ name: 'a parent', command: '/bin/sh', args: ['-c', 'sleep 1000 & echo $!; wait'] });
  await shell.ready(() => shell.output(), { within: 10_000 });
  const ours = [redis.process.pid, worker.pid, shell.pid, Number(shell.output())];
  console.log(JSON.stringify({ folder: bed.folder, pids: [...ours, ...(await familyOf(postgres.process.pid))] }));
  if (process.argv[1] === 'exit') process.exit(3);
  if (process.argv[1] === 'throw') throw new Error('a test went wrong');
  setInterval(() => undefined, 1000);
`;

interface Report {
  readonly folder: string;
  readonly pids: readonly number[];
}

function startOwner(ending: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', OWNER, ending], { stdio: ['ignore', 'pipe', 'ignore'] });
}

async function report(owner: ChildProcess): Promise<Report> {
  if (!owner.stdout) throw new Error('no output to read');
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  return JSON.parse(line) as Report;
}

/** A zombie that nobody has collected yet is dead. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('what a testbed started', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'exit', 'throw'] as const)(
    'is gone after its owner ended by %s',
    async (ending) => {
      const owner = startOwner(ending);
      const ended = once(owner, 'exit');
      const { folder, pids } = await report(owner);
      if (ending.startsWith('SIG')) owner.kill(ending as NodeJS.Signals);
      await ended;
      await waitFor(
        () => {
          const left = pids.filter(isAlive);
          if (left.length > 0 || existsSync(folder))
            throw new Error(`left: ${left.join(', ')} ${existsSync(folder) ? folder : ''}`);
          return true;
        },
        { within: 20_000, what: 'nothing is left' },
      );
      expect(pids.length).toBeGreaterThan(8);
    },
  );
});

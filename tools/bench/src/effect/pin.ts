// Gives workers and broker the first core and the exporter the second, so that they meet as little as on two machines.
import { execFile } from 'node:child_process';
import { cpus } from 'node:os';
import { promisify } from 'node:util';
import { familyOf } from '@celery-watch/testbed';

const run = promisify(execFile);
const CORES = { site: '0', exporter: '1' } as const;

/** Whether there are two cores and taskset, which Debian's util-linux brings. */
export async function canPin(): Promise<boolean> {
  return (
    cpus().length >= 2 &&
    run('taskset', ['-c', CORES.exporter, 'true']).then(
      () => true,
      () => false,
    )
  );
}

/** A process with all that it has started; without taskset they stay where they are. */
export async function pin(pid: number, who: keyof typeof CORES): Promise<void> {
  if (!(await canPin())) return;
  for (const member of await familyOf(pid)) await run('taskset', ['-apc', CORES[who], String(member)]);
}

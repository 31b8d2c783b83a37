// What a process has used, from /proc: CPU seconds and memory.
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Linux counts CPU time for user space in hundredths of a second on every architecture that Node.js supports. */
const TICKS_A_SECOND = 100;
const LOOK_MS = 100;
const IDLE_LOOKS = 4;

/** utime + stime of all threads. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  // The name in parentheses may hold spaces; after it, utime and stime are the 12th and 13th field.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** A process and all that it has started and that is still there; what ends while it is looked for is none of them. */
export async function familyOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  const children = text
    .split(' ')
    .filter((child) => child !== '')
    .map(Number);
  const families = children.map((child) =>
    familyOf(child).catch((error: unknown) => {
      const { code } = error as { readonly code?: unknown };
      if (code === 'ENOENT' || code === 'ESRCH') return [];
      throw error;
    }),
  );
  return [pid, ...(await Promise.all(families)).flat()];
}

/** Of a process and its family, to the microsecond: the scheduler's own account of each thread that is alive. */
export async function familyCpuSeconds(pid: number): Promise<number> {
  const each = (await familyOf(pid)).map(async (member) => {
    const threads = await readdir(`/proc/${String(member)}/task`);
    return Promise.all(threads.map((thread) => threadSeconds(member, thread)));
  });
  return (await Promise.all(each)).flat().reduce((sum, seconds) => sum + seconds, 0);
}

async function threadSeconds(pid: number, thread: string): Promise<number> {
  const [nanoseconds] = (await readFile(`/proc/${String(pid)}/task/${thread}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds) / 1e9;
}

export interface MemoryUse {
  /** Bytes in memory now. */
  readonly now: number;
  /** The most that it ever had. */
  readonly peak: number;
}

export async function memoryUse(pid: number): Promise<MemoryUse> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}

/** The CPU seconds of a process once it has nothing to do any more: what it had left to read is part of the work. */
export async function cpuSecondsWhenIdle(pid: number, within = 120_000): Promise<number> {
  const deadline = performance.now() + within;
  let last = await cpuSeconds(pid);
  let atRest = last;
  for (let idle = 0; idle < IDLE_LOOKS;) {
    if (performance.now() > deadline)
      throw new Error(`process ${String(pid)} is still busy after ${String(within / 1000)} s`);
    await delay(LOOK_MS);
    const next = await cpuSeconds(pid);
    // Timers of an idle program may take one tick between two looks.
    if (next - last < 1.5 / TICKS_A_SECOND) {
      idle++;
    } else {
      idle = 0;
      atRest = next;
    }
    last = next;
  }
  return atRest;
}

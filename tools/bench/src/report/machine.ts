// The machine that the figures were made on, and how much of it other programs have used meanwhile: what makes figures
// rough.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { readFile } from 'node:fs/promises';

export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly load: number;
  readonly node: string;
  readonly redis: string;
}

export function machine(): Machine {
  const [first] = cpus();
  const redis = execFileSync('redis-server', ['--version'], { encoding: 'utf8' });
  return {
    cores: cpus().length,
    processor: first?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    load: loadavg()[0] ?? NaN,
    node: process.version,
    redis: /v=(\S+)/.exec(redis)?.[1] ?? 'unknown',
  };
}

export function machineText({ cores, processor, memoryBytes, load, node, redis }: Machine): string {
  return `${String(cores)} cores (${processor}), ${String(Math.round(memoryBytes / 2 ** 30))} GiB, load ${load.toFixed(2)} before the start; Node.js ${node}, Redis ${redis}`;
}

const TICKS_A_SECOND = 100;
/** Cores; beyond it the figures are called rough. */
const TOLERABLE = 0.15;

export class ForeignLoad {
  readonly #busy: number;
  readonly #own: number;
  readonly #begin = performance.now();

  static async start(): Promise<ForeignLoad> {
    return new ForeignLoad(await busySeconds(), await ownSeconds());
  }

  private constructor(busy: number, own: number) {
    this.#busy = busy;
    this.#own = own;
  }

  /** Cores that others have used on average since the start; right when all that this process started has ended. */
  async cores(): Promise<number> {
    const foreign = (await busySeconds()) - this.#busy - ((await ownSeconds()) - this.#own);
    return Math.max(0, (foreign / (performance.now() - this.#begin)) * 1000);
  }
}

export function foreignText(cores: number): string {
  const used = `other programs used ${cores.toFixed(2)} cores meanwhile`;
  return cores > TOLERABLE ? `${used}: THE FIGURES ARE ROUGH` : used;
}

/** Of all processors: everything but idle and waiting for disks; stolen time counts, since it is missing. */
async function busySeconds(): Promise<number> {
  const [line = ''] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line.split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_A_SECOND;
}

/** Of this process and of its children that have ended, with theirs. */
async function ownSeconds(): Promise<number> {
  const stat = await readFile('/proc/self/stat', 'utf8');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
  return fields.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}

// How much of the machine other programs have used meanwhile: what makes figures rough.
import { readFile } from 'node:fs/promises';

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

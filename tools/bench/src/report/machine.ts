// On what machine and with which programs the figures were made.
import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';

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

// Compares passwords on a thread that begins with the first one, and ends once none has come for half a minute.
import { Worker } from 'node:worker_threads';
import type { FromBcrypt, ToBcrypt } from './bcrypt-thread.js';
import type { Compare } from './passwords.js';

const IDLE_MS = 30_000;
const HEAP_MB = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 } as const;

interface Asked {
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (error: Error) => void;
}

/** @param idleMs how long the thread stays without work */
export function bcryptOnThread(idleMs = IDLE_MS): Compare {
  let worker: Worker | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last = 0;
  const asked = new Map<number, Asked>();

  return (password, hash) =>
    new Promise((resolve, reject) => {
      clearTimeout(idle);
      const id = ++last;
      asked.set(id, { resolve, reject });
      const question: ToBcrypt = { id, password, hash };
      (worker ??= started()).postMessage(question);
    });

  function started(): Worker {
    const thread = new Worker(new URL('./bcrypt-thread.js', import.meta.url), {
      name: 'bcrypt',
      resourceLimits: HEAP_MB,
    });
    // The program ends whether or not it does.
    thread.unref();
    thread.on('message', ({ id, isRight }: FromBcrypt) => {
      asked.get(id)?.resolve(isRight);
      asked.delete(id);
      if (asked.size > 0) return;
      idle = setTimeout(() => {
        if (worker === thread) worker = undefined;
        void thread.terminate();
      }, idleMs).unref();
    });
    thread.on('error', (error) => {
      failAll(error);
    });
    thread.on('exit', () => {
      if (worker !== thread) return;
      worker = undefined;
      failAll(new Error('the thread that compares passwords ended'));
    });
    return thread;
  }

  function failAll(error: unknown): void {
    for (const { reject } of asked.values()) reject(error as Error);
    asked.clear();
  }
}

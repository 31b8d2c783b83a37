// How long /healthz takes while something else is measured: a probe of Kubernetes that waits too long ends the relay.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Runs `work`; gives what it gives, and the milliseconds of each answer of /healthz meanwhile. */
export async function whileProbed<T>(
  url: string,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly healthz: readonly number[] }> {
  const worker = new Worker(new URL('health-probe-program.js', import.meta.url), { workerData: { url } });
  const times = once(worker, 'message') as Promise<[readonly number[]]>;
  // A probe that fails is told of at the end.
  times.catch(() => undefined);
  try {
    const result = await work();
    worker.postMessage('over');
    const [healthz] = await times;
    return { result, healthz };
  } finally {
    await worker.terminate();
  }
}

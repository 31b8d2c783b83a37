// A thread that asks for /healthz fifty times a second: on that of the bench, posting would hold up its watch.
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const EVERY_MS = 20;

const { url } = workerData as { readonly url: string };
const agent = new http.Agent({ keepAlive: true });
const times: number[] = [];
const over = new AbortController();
parentPort?.once('message', () => {
  over.abort();
});
while (!over.signal.aborted) {
  const began = performance.now();
  await healthz();
  times.push(performance.now() - began);
  await delay(Math.max(0, EVERY_MS - (performance.now() - began)));
}
agent.destroy();
parentPort?.postMessage(times);

function healthz(): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = http.get(`${url}/healthz`, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`/healthz answered ${String(response.statusCode)}`));
      response.resume().once('end', resolve);
    });
    request.once('error', reject);
  });
}

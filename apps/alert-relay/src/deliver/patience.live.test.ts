// An answer that has arrived is read, however long the process was stopped.
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { patience } from './patience.js';

test('a process that was stopped for longer than its patience still reads the answer', async () => {
  const { signal, release } = patience(300);
  // As SIGSTOP does, once the request is on its way: timers fall due, and nothing is read meanwhile.
  const answer = new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => {
      resolve('given up');
    });
    const server = createServer((_request, response) => response.end('answered'));
    server.listen(0, '127.0.0.1', () => {
      const request = get(
        { host: '127.0.0.1', port: (server.address() as AddressInfo).port, agent: false },
        (response) => {
          response.setEncoding('utf8').on('data', resolve);
          server.close();
        },
      );
      request.once('finish', () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
      });
    });
  });
  expect(await answer).toBe('answered');
  release();
});

test('it ends after its time, and not before', async () => {
  const began = performance.now();
  const { signal } = patience(200);
  await once(signal, 'abort');
  expect(performance.now() - began).toBeGreaterThanOrEqual(195);
  expect((signal.reason as Error).name).toBe('TimeoutError');
});

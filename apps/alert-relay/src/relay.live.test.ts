// A relay on a store that it does not have for itself: one that is away when it starts, and into which others put work.
import { afterEach, expect, test } from '@jest/globals';
import { memoryLog } from '@celery-watch/service';
import { freePort, startWebhookReceiver, waitFor } from '@celery-watch/testbed';
import { readConfig } from './config/config.js';
import { openMemoryOutbox, StoreUnavailable, type Outbox } from './outbox/index.js';
import { put, sample } from './outbox/testing.js';
import { startRelay } from './relay.js';

const atEnd: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end();
});

/** As a database is that several relays share. */
function shared(inner: Outbox, server: { isAway: boolean }): Outbox {
  return {
    ...inner,
    time: () =>
      server.isAway ? Promise.reject(new StoreUnavailable('the server is away')) : Promise.resolve(Date.now()),
  };
}

test('waits for a store that is away when it starts, and delivers what another relay puts into it at once', async () => {
  const receiver = await startWebhookReceiver({});
  atEnd.push(() => receiver.close());
  const file = `
listen: '127.0.0.1:${await freePort()}'
storage: { path: ':memory:' }
channels: [{ name: hook, type: webhook, url: '${receiver.url}' }]
route: { channels: hook }
watchdog: none`;
  const read = readConfig({ file: 'relay.yml', env: {}, readFile: () => file });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const server = { isAway: true };
  const listeners: ((channels: ReadonlySet<string> | undefined) => void)[] = [];
  const store = {
    ...shared(openMemoryOutbox(), server),
    onWork: (listener: (typeof listeners)[0]) => listeners.push(listener),
  };
  const { log, lines } = memoryLog();
  const stop = new AbortController();
  atEnd.push(() => {
    stop.abort();
    return Promise.resolve();
  });
  const starting = startRelay({ config: read.config, reread: () => read, store, log, version: 'test' }, stop.signal);
  await waitFor(() => lines.some(({ msg }) => msg === 'the store does not answer: waiting for it'), {
    within: 10_000,
    what: 'the wait',
  });
  server.isAway = false;
  const relay = await starting;
  atEnd.push(async () => {
    stop.abort();
    await relay[Symbol.asyncDispose]();
  });
  expect((await fetch(`${relay.url}/readyz`)).status).toBe(200);
  // Rests, and would look by itself only after seconds.
  await waitFor(() => lines.some(({ msg }) => msg === 'delivering'), { within: 10_000, what: 'a worker' });
  await put(store, sample('a', { at: Date.now() }), ['hook']);
  const told = performance.now();
  for (const listener of listeners) listener(new Set(['hook']));
  await waitFor(() => receiver.received.length === 1, { within: 10_000, what: 'the message' });
  expect(performance.now() - told).toBeLessThan(3_000);
});

test('a store that is refused for another reason is not waited for', async () => {
  const read = readConfig({
    file: 'relay.yml',
    env: {},
    readFile: () => `storage: { path: ':memory:' }\nchannels: [{ name: log, type: console }]\nroute: { channels: log }`,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  const store: Outbox = { ...openMemoryOutbox(), time: () => Promise.reject(new Error('no such function')) };
  await expect(
    startRelay(
      { config: read.config, reread: () => read, store, log: memoryLog().log, version: 'test' },
      new AbortController().signal,
    ),
  ).rejects.toThrow('no such function');
});

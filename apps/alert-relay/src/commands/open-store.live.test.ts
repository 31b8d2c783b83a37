// A start whose store cannot be opened: waited for where that may pass, and refused where a person must mend it.
import { describe, expect, it } from '@jest/globals';
import { memoryLog, NO_WEB_CONFIG } from '@celery-watch/service';
import { freePort, waitFor } from '@celery-watch/testbed';
import type { RelayConfig } from '../config/config.js';
import { openMemoryOutbox, StoreRefused } from '../outbox/index.js';
import { openStore } from './open-store.js';

async function settings(port: number, probes = 0) {
  const { log, lines } = memoryLog();
  const config = {
    listen: { host: '127.0.0.1', port },
    web: { config: NO_WEB_CONFIG },
    probeListen: { host: '127.0.0.1', port: probes },
    limits: { connections: 10 },
    storage: { place: { kind: 'sqlite', path: ':memory:' } },
  } as unknown as RelayConfig;
  return Promise.resolve({ config, log, lines });
}

/** The pauses are the shortest that there are. */
const TIME = { ticks: () => performance.now(), random: () => 0 };

describe('a store that cannot be opened yet', () => {
  it('is waited for: alive, not ready and why, posts come again; then the port is free for the relay', async () => {
    const port = await freePort();
    const probes = await freePort();
    const { config, log, lines } = await settings(port, probes);
    const store = openMemoryOutbox();
    let isFull = true;
    const opening = openStore({
      ...TIME,
      config,
      log,
      signal: new AbortController().signal,
      open: () =>
        isFull ? Promise.reject(new StoreRefused('the disk is full', { mayPass: true })) : Promise.resolve(store),
    });
    const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${port}${path}`, init);
    await waitFor(
      () =>
        ask('/healthz').then(
          ({ ok }) => ok,
          () => false,
        ),
      { within: 5_000, what: 'an answer' },
    );
    const ready = await ask('/readyz');
    expect([ready.status, await ready.text()]).toEqual([503, 'nothing can be stored: the disk is full\n']);
    const probe = await fetch(`http://127.0.0.1:${probes}/healthz`);
    expect([probe.status, await probe.text()]).toEqual([200, 'alive\n']);
    const post = await ask('/webhook/alertmanager', { method: 'POST', body: 'x'.repeat(5_000_000) });
    expect([post.status, await post.json()]).toEqual([
      503,
      { status: 'unavailable', error: expect.stringContaining('try again') },
    ]);
    isFull = false;
    expect(await opening).toBe(store);
    await expect(ask('/healthz')).rejects.toThrow();
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('ends at once where a person must mend it, and where the program is told to stop', async () => {
    const { config, log } = await settings(await freePort());
    const { signal } = new AbortController();
    const foreign = new StoreRefused('the store is of another program');
    await expect(openStore({ ...TIME, config, log, signal, open: () => Promise.reject(foreign) })).rejects.toBe(
      foreign,
    );
    const away = new StoreRefused('the server is away', { mayPass: true });
    const stop = new AbortController();
    const opening = openStore({ ...TIME, config, log, signal: stop.signal, open: () => Promise.reject(away) });
    stop.abort(new DOMException('SIGTERM', 'AbortError'));
    await expect(opening).rejects.toThrow('SIGTERM');
  });
});

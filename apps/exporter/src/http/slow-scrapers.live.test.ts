// Scrapers that take their pages slowly or not at all: each is cut and counted once, and others get theirs.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { collected, Page } from '@celery-watch/metrics';
import { HttpRefusals, listen, type ListenSettings, memoryLog } from '@celery-watch/service';
import { waitFor } from '@celery-watch/testbed';
import { createRoutes } from './routes.js';

const SERIES = 100_000;
/** As many as are unpacked at once. */
const ROOM = 32;

async function serve(settings: Partial<ListenSettings>) {
  const { log, lines } = memoryLog();
  const refusals = new HttpRefusals(log);
  const entry = { name: 'celery_test', type: 'gauge', help: 'For the test.', labels: ['n'] } as const;
  const family = collected(entry, (out) => {
    for (let n = 0; n < SERIES; n++) out.add(`n="${n.toString().padStart(80, 'x')}"`, n);
  });
  const page = new Page([family], [], (_metric, error) => {
    throw error;
  });
  const routes = createRoutes({ page, brokers: [], log, refusals });
  const server = await listen(routes, { host: '127.0.0.1', port: 0, log, refusals, ...settings });
  const slow: Socket[] = [];
  /** The first bytes have come, and no more are taken by itself. */
  const scrape = async (): Promise<Socket> => {
    const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
    slow.push(socket);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'readable');
    return socket;
  };
  return {
    server,
    scrape,
    lines,
    refused: () => Object.fromEntries(refusals.counts.filter(([, count]) => count > 0)),
    async [Symbol.asyncDispose]() {
      for (const each of slow) each.destroy();
      await server.close();
    },
  };
}

async function wholePage(url: string): Promise<number> {
  const response = await fetch(`${url}/metrics`, { headers: { 'accept-encoding': 'identity' } });
  const text = await response.text();
  return response.status === 200 ? text.split('\ncelery_test{').length - 1 : response.status;
}

it('those that read nothing hold every place for no longer than the time they have, and are counted once', async () => {
  await using exporter = await serve({ readTimeoutMs: 500 });
  await Promise.all(Array.from({ length: ROOM }, exporter.scrape));
  expect(await wholePage(exporter.server.url)).toBe(SERIES);
  await waitFor(() => exporter.refused()['too_slow'] === ROOM, { within: 20_000, what: 'all of them to be cut' });
  // Whatever was to be counted twice would have been by now.
  expect(await wholePage(exporter.server.url)).toBe(SERIES);
  expect(exporter.refused()).toEqual({ too_slow: ROOM });
  expect(exporter.lines).toEqual([
    expect.objectContaining({ reason: 'too_slow', path: '/metrics', from: '127.0.0.1' }),
  ]);
});

it('those that read a byte now and then do not keep places for ever', async () => {
  await using exporter = await serve({ readTimeoutMs: 60_000, wholeReadTimeoutMs: 1_000 });
  const slow = await Promise.all(Array.from({ length: ROOM }, exporter.scrape));
  const trickle = setInterval(() => {
    for (const each of slow) each.read(1);
  }, 100);
  try {
    expect(await wholePage(exporter.server.url)).toBe(SERIES);
    await waitFor(() => exporter.refused()['too_slow'] === ROOM, { within: 20_000, what: 'all of them to be cut' });
    expect(exporter.refused()).toEqual({ too_slow: ROOM });
  } finally {
    clearInterval(trickle);
  }
});

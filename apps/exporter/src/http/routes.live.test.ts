// What the exporter answers, and that a page of megabytes is made once for all who ask for it at the same time.
import { expect, it } from '@jest/globals';
import { collected, Page } from '@celery-watch/metrics';
import { HttpRefusals, listen, memoryLog } from '@celery-watch/service';
import { ConnectionState } from '../tracking/health.js';
import { type BrokerView, createRoutes } from './routes.js';
import { fineStatus } from './testing.js';

const only: readonly BrokerView[] = [
  {
    name: undefined,
    connection: new ConnectionState(0),
    status: () => {
      throw new Error('not asked for here');
    },
  },
];

async function serve(series: number, brokers = only) {
  const { log, lines } = memoryLog();
  const refusals = new HttpRefusals(log);
  let made = 0;
  const entry = { name: 'celery_test', type: 'gauge', help: 'For the test.', labels: ['n'] } as const;
  const family = collected(entry, (out) => {
    made += 1;
    for (let n = 0; n < series; n++) out.add(`n="${n.toString().padStart(80, 'x')}"`, n);
  });
  const page = new Page([family], [], (_metric, error) => {
    throw error;
  });
  const routes = createRoutes({ page, brokers, log, refusals });
  const server = await listen(routes, { host: '127.0.0.1', port: 0, log, refusals });
  return { server, refusals, lines, made: () => made };
}

it('ten scrapers of one moment get one page, whole, each in the coding that it takes', async () => {
  const { server, made } = await serve(100_000);
  try {
    const scrape = async (coding: string): Promise<string> =>
      (await fetch(`${server.url}/metrics`, { headers: { 'accept-encoding': coding } })).text();
    const pages = await Promise.all(Array.from({ length: 10 }, (_, n) => scrape(n % 2 === 0 ? 'gzip' : 'identity')));
    expect(made()).toBe(1);
    for (const page of pages) {
      expect(page.match(/^celery_test\{/gm)).toHaveLength(100_000);
      expect(page.endsWith('"} 99999\n')).toBe(true);
    }
  } finally {
    await server.close();
  }
});

it('two hundred scrapers of one moment get the page, in either format and coding, and HEAD tells its length', async () => {
  const { server, made } = await serve(2_000);
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  try {
    const scrape = async (n: number): Promise<string> => {
      const headers = {
        'accept-encoding': n % 2 === 0 ? 'gzip' : 'identity',
        accept: n % 4 < 2 ? 'text/plain' : 'application/openmetrics-text',
      };
      return (await fetch(`${server.url}/metrics`, { headers })).text();
    };
    const pages = await Promise.all(Array.from({ length: 200 }, (_, n) => scrape(n)));
    expect(pages.map((page) => page.match(/^celery_test\{/gm)?.length)).toEqual(pages.map(() => 2_000));
    expect(made()).toBeLessThan(100);
    const head = await fetch(`${server.url}/metrics`, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } });
    const whole = await fetch(`${server.url}/metrics`, {
      headers: { 'accept-encoding': 'identity', range: 'bytes=0-9' },
    });
    expect([head.status, await head.text()]).toEqual([200, '']);
    // A range is not given: a part of a page is no page.
    expect([whole.status, String((await whole.text()).length)]).toEqual([200, whole.headers.get('content-length')]);
    // The numbers of the process are others each time.
    expect(
      Math.abs(Number(head.headers.get('content-length')) - Number(whole.headers.get('content-length'))),
    ).toBeLessThan(2_000);
    expect(warnings).toEqual([]);
  } finally {
    process.off('warning', note);
    await server.close();
  }
});

it('a wrong path and a wrong method are counted, logged and answered with the right ones', async () => {
  const { server, refusals, lines } = await serve(1);
  try {
    const wrong = await fetch(`${server.url}/metric`);
    expect([wrong.status, await wrong.text()]).toEqual([
      404,
      'Not Found: there are /metrics, /healthz, /readyz and /\n',
    ]);
    const posted = await fetch(`${server.url}/metrics`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect((await fetch(`${server.url}/favicon.ico`)).status).toBe(404);
    expect(Object.fromEntries(refusals.counts)).toMatchObject({ path: 1, method: 1, gone: 0 });
    expect(lines.map(({ level, reason, path }) => [level, reason, path])).toEqual([
      ['warn', 'path', '/metric'],
      ['warn', 'method', '/metrics'],
    ]);
  } finally {
    await server.close();
  }
});

it('of several brokers / lists all and opens one; a name that is not there is not found', async () => {
  const view = (name: string): BrokerView => {
    const status = fineStatus();
    return {
      name,
      connection: { isUp: name === 'shop', reason: 'gone' },
      status: () => ({ ...status, broker: { ...status.broker, name } }),
    };
  };
  const { server } = await serve(1, [view('shop'), view('stock')]);
  try {
    const get = async (path: string): Promise<readonly [number, string, string | null]> => {
      const { status, headers, text } = await fetch(server.url + path).then(async (response) => ({
        status: response.status,
        headers: response.headers,
        text: await response.text(),
      }));
      return [status, text, headers.get('content-security-policy')];
    };
    for (const path of ['/', '/?broker=', '/?x=1'])
      expect(await get(path)).toEqual([
        200,
        expect.stringContaining('2 brokers'),
        "default-src 'none'; style-src 'unsafe-inline'",
      ]);
    expect(await get('/?broker=stock')).toEqual([200, expect.stringMatching(/<title>stock/), expect.anything()]);
    expect(await get('/?broker=<b>&x=%E0%A4%A')).toEqual([
      404,
      'Not Found: there is no such broker among shop, stock\n',
      null,
    ]);
    expect(await get('/readyz')).toEqual([
      200,
      'ready: connected to 1 of 2 brokers\nnot connected: stock: gone\n',
      null,
    ]);
  } finally {
    await server.close();
  }
});

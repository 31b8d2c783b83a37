// The thread that answers HTTP beside the core: what passes between them, and what becomes of either when the other
// dies or is stuck.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpRefusals, type LogLine, memoryLog, NO_WEB_CONFIG, Secret } from '@celery-watch/service';
import { isPortFree, waitFor } from '@celery-watch/testbed';
import { alert, bench, group } from '../accept/testing.js';
import type { Auth } from '../config/config.js';
import type { Core } from './core.js';
import { coreOf } from './core-answers.js';
import { Front } from './front.js';
import type { FrontSettings } from './front-messages.js';
import { doorOf } from './login.js';

const doorFor = (auth: Auth) =>
  doorOf({ auth, listen: { host: '127.0.0.1', port: 0 }, metricsToken: undefined }, NO_WEB_CONFIG);
const WITHIN = { within: 10_000 } as const;
const json = { 'content-type': 'application/json' };

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each[Symbol.asyncDispose]();
});

interface Given {
  readonly settings?: Partial<FrontSettings>;
  readonly heapMb?: number;
  /** What the core does instead. */
  readonly core?: Partial<Core>;
}

async function started({ settings, heapMb, core: otherwise }: Given = {}) {
  const { log, lines } = memoryLog();
  const relay = bench();
  const refusals = new HttpRefusals(log);
  const posts: string[] = [];
  let deaths = 0;
  const core: Core = {
    ...coreOf({
      ...relay,
      refusals,
      log,
      isStopping: () => false,
      reload: () => Promise.resolve([]),
      wake: () => undefined,
      channels: () => ['root'],
      now: () => relay.clock.now,
    }),
    ...otherwise,
  };
  const front = await Front.start({
    settings: {
      host: '127.0.0.1',
      port: 0,
      connections: 2_000,
      limits: { bytes: 1_000_000, values: 100_000, isByMemory: false },
      state: { door: doorFor({ kind: 'none' }), isStopping: false },
      version: '1',
      ...settings,
    },
    core,
    refusals,
    countPost: (result) => posts.push(result),
    onDeath: () => {
      deaths++;
    },
    log,
    ...(heapMb !== undefined && { heapMb }),
  });
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    await front.close();
  };
  open.push({ [Symbol.asyncDispose]: close });
  const ask = async (path: string, init?: RequestInit): Promise<{ readonly status: number; readonly text: string }> => {
    const response = await fetch(`${front.url}${path}`, init);
    return { status: response.status, text: await response.text() };
  };
  const post = (body: unknown, headers: Readonly<Record<string, string>> = json) =>
    ask('/webhook/alertmanager', { method: 'POST', headers, body: JSON.stringify(body) });
  return {
    ...relay,
    front,
    close,
    ask,
    post,
    lines,
    posts,
    counts: () => new Map(refusals.counts),
    deaths: () => deaths,
  };
}

const said = (lines: readonly LogLine[], word: RegExp): readonly LogLine[] => lines.filter(({ msg }) => word.test(msg));

describe('the core hears', () => {
  it('posts, and its answers come back; what operators ask, with bytes as they are', async () => {
    const { post, ask, told, outbox } = await started();
    expect(await post(group(alert('A')))).toMatchObject({ status: 200 });
    expect(await told('root')).toHaveLength(1);
    await outbox.quarantine(Uint8Array.of(0, 255, 10), 'no UTF-8', 1);
    const [{ id }] = JSON.parse((await ask('/-/quarantine')).text) as [{ id: number }];
    expect(await ask(`/-/quarantine/${id}/`)).toMatchObject({ status: 200 });
    expect(await ask('/-/quarantine/99')).toMatchObject({ status: 404, text: expect.stringMatching(/no such post/) });
    const { status, text } = await ask('/-/dead/discard', { method: 'POST', headers: json, body: '{"all": true}' });
    expect([status, text]).toEqual([200, '{"discarded":0}']);
    expect(await ask('/readyz')).toEqual({ status: 200, text: 'ready\n' });
    expect((await ask('/metrics')).text).toContain('alert_relay_posts_total{result="accepted"} 1');
  });

  it('what the thread refuses, counts and logs', async () => {
    const { ask, post, counts, posts, lines } = await started({
      settings: { state: { door: doorFor({ kind: 'bearer', token: new Secret('right') }), isStopping: false } },
      core: { answer: () => Promise.reject(new Error('the core has a fault')) },
    });
    await ask('/nowhere');
    expect((await post(group(alert('A')))).status).toBe(401);
    expect(await ask('/metrics')).toEqual({ status: 500, text: 'Internal Server Error\n' });
    // What was said before an answer stands before it on the way to the core.
    expect([counts().get('path'), counts().get('login')]).toEqual([1, 1]);
    expect(posts).toEqual(['refused']);
    expect(said(lines, /a path that is not there/)).toMatchObject([{ path: '/nowhere' }]);
    expect(said(lines, /a request failed/)).toMatchObject([
      { path: '/metrics', err: expect.objectContaining({ message: 'the core has a fault' }) },
    ]);
    expect(JSON.stringify(lines)).not.toContain('right');
  });
});

it('another login holds for the next request, and the old one does not', async () => {
  const { front, post } = await started();
  const auth: Auth = { kind: 'bearer', token: new Secret('new') };
  expect((await post(group(alert('A')))).status).toBe(200);
  front.become({ door: doorFor(auth), isStopping: false });
  expect((await post(group(alert('B')))).status).toBe(401);
  expect((await post(group(alert('B')), { ...json, authorization: 'Bearer new' })).status).toBe(200);
});

it('a relay that stops refuses posts, lives, lets an answer under way end, and leaves the port', async () => {
  const accepting = Promise.withResolvers<Awaited<ReturnType<Core['accept']>>>();
  let isAsked = false;
  const accept = (): ReturnType<Core['accept']> => ((isAsked = true), accepting.promise);
  const { front, close, post, ask, posts } = await started({ core: { accept } });
  const underWay = post(group(alert('A')));
  await waitFor(() => isAsked, { ...WITHIN, what: 'the core to be asked' });
  front.become({ door: doorFor({ kind: 'none' }), isStopping: true });
  expect(await post(group(alert('B')))).toMatchObject({ status: 503, text: expect.stringMatching(/stopping/) });
  await waitFor(() => posts.length > 0, { ...WITHIN, what: 'the core to hear of it' });
  expect(posts).toEqual(['unavailable']);
  expect((await ask('/healthz')).status).toBe(200);
  const closed = close();
  accepting.resolve({ status: 200, body: { status: 'accepted' } });
  expect((await underWay).status).toBe(200);
  await closed;
  expect(await isPortFree(Number(new URL(front.url).port))).toBe(true);
});

/** Too many requests that wait for their answers, for a heap as small as this. */
const SMALL = { heapMb: 12, core: { answer: () => new Promise<never>(() => undefined) } } as const;

async function exhaust(url: string, isDead: () => boolean): Promise<void> {
  const { hostname, port } = new URL(url);
  const head = `GET /metrics?${'x'.repeat(15_000)} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const sockets = Array.from({ length: 1_500 }, () => {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined).once('connect', () => socket.write(head));
    return socket;
  });
  await waitFor(isDead, { within: 30_000, what: 'the thread to have died' });
  for (const socket of sockets) socket.destroy();
}

describe('a thread that dies of what strangers send', () => {
  it('breaks the post in flight off, which is stored all the same, and is started anew at the same place', async () => {
    const storing = Promise.withResolvers<undefined>();
    const relay = bench();
    let isAsked = false;
    const accept: Core['accept'] = async (body, start) => {
      isAsked = true;
      await storing.promise;
      return relay.acceptor.accept(body, start);
    };
    const { front, post, ask, deaths, lines, counts } = await started({ ...SMALL, core: { ...SMALL.core, accept } });
    const { url } = front;
    const broken = post(group(alert('A'))).catch(() => 'broken');
    await waitFor(() => isAsked, { ...WITHIN, what: 'the core to be asked' });
    front.become({ door: doorFor({ kind: 'bearer', token: new Secret('t') }), isStopping: false });
    await exhaust(url, () => deaths() > 0);
    expect(await broken).toBe('broken');
    storing.resolve(undefined);
    const again = await waitFor(() => ask('/healthz').catch(() => undefined), { ...WITHIN, what: 'an answer' });
    expect([again.status, front.url, deaths()]).toEqual([200, url, 1]);
    expect(said(lines, /ended: it is started anew/)).toHaveLength(1);
    expect(said(lines, /the thread that answers HTTP failed/)).toMatchObject([
      { err: expect.objectContaining({ code: 'ERR_WORKER_OUT_OF_MEMORY' }) },
    ]);
    // As AlertManager does; the login that came meanwhile holds.
    expect((await post(group(alert('A')))).status).toBe(401);
    expect((await post(group(alert('A')), { ...json, authorization: 'Bearer t' })).status).toBe(200);
    expect(counts().get('login')).toBe(1);
    expect(await relay.told('root')).toHaveLength(1);
  });
});

/** Asks `/healthz` until the time is over, one after the other, from a process of its own; prints each status. */
const PROBE = `
  const statuses = [];
  const until = Date.now() + Number(process.argv[2]);
  while (Date.now() < until) statuses.push((await fetch(process.argv[1])).status);
  console.log(JSON.stringify(statuses));`;

it('a core that is stuck is said to be so by the thread that still answers, and lives again when it is not', async () => {
  const { front, ask } = await started({ settings: { beatMs: 20 } });
  const args = ['--input-type=module', '-e', PROBE, `${front.url}/healthz`, '3000'];
  const probing = promisify(execFile)(process.execPath, args);
  // Nothing happens on this thread meanwhile: more than 30 beats are missed.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_500);
  const statuses = JSON.parse((await probing).stdout) as readonly number[];
  expect([statuses[0], statuses.at(-1)]).toEqual([200, 503]);
  const alive = await waitFor(
    async () => {
      const answer = await ask('/healthz');
      return answer.status === 200 && answer;
    },
    { ...WITHIN, what: 'the core to live again' },
  );
  expect(alive.text).toBe('alive\n');
});

it('a port that is taken is said with what to do, and no thread stays', async () => {
  const { front } = await started();
  const port = Number(new URL(front.url).port);
  await expect(started({ settings: { port } })).rejects.toThrow(/another program uses it/);
});

it('a body is taken off the line where no login came with it, so that its sender reads why', async () => {
  const { front } = await started({
    settings: { state: { door: doorFor({ kind: 'bearer', token: new Secret('t') }), isStopping: false } },
  });
  const { hostname, port } = new URL(front.url);
  const asking = request({ hostname, port, method: 'POST', path: '/webhook/alertmanager', headers: json });
  asking.on('error', () => undefined).end(Buffer.alloc(600_000, 0x20));
  const [response] = (await once(asking, 'response')) as [{ statusCode: number }];
  expect(response.statusCode).toBe(401);
});

it('whoever guesses logins is told so after ten and logged once, and the right one passes all the while', async () => {
  const { post, counts, posts, lines } = await started({
    settings: { state: { door: doorFor({ kind: 'bearer', token: new Secret('right') }), isStopping: false } },
  });
  const statuses: number[] = [];
  for (let n = 0; n < 30; n++) {
    const guess = await post(group(alert('A')), { ...json, authorization: `Bearer guess-${n}` });
    statuses.push(guess.status);
    expect((await post(group(alert('A')), { ...json, authorization: 'Bearer right' })).status).toBe(200);
  }
  expect(statuses).toEqual(Array.from({ length: 30 }, (_, n) => (n < 10 ? 401 : 429)));
  expect(counts().get('login')).toBe(30);
  expect(posts).toEqual(Array.from({ length: 30 }, () => 'refused'));
  expect(said(lines, /was not allowed/)).toMatchObject([{ reason: 'login', from: '127.0.0.1' }]);
  expect(JSON.stringify(lines)).not.toContain('guess-');
});

describe('without a login, for AlertManager and for operators alike', () => {
  it('whoever comes by a name that was made to lead here gets nothing, and changes nothing', async () => {
    const { front, counts } = await started();
    const { port } = new URL(front.url);
    const send = async (method: string, path: string, headers: Record<string, string>): Promise<number> => {
      const asking = request({ host: '127.0.0.1', port, method, path, headers: { ...json, ...headers } });
      asking.end(method === 'POST' ? JSON.stringify(group(alert('A'))) : '');
      const [response] = (await once(asking, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode ?? 0;
    };
    const stolen = { host: `rebind.attacker.example:${port}`, 'sec-fetch-site': 'same-origin' };
    expect(await send('GET', '/-/history', stolen)).toBe(403);
    expect(await send('GET', '/-/history', { host: 'relay.example.com', 'x-forwarded-for': '203.0.113.9' })).toBe(403);
    expect(await send('POST', '/-/reload', stolen)).toBe(403);
    expect(await send('POST', '/webhook/alertmanager', stolen)).toBe(403);
    expect(counts().get('cross_site')).toBe(4);
    for (const host of [`127.0.0.1:${port}`, `localhost:${port}`]) {
      expect(await send('GET', '/-/history', { host })).toBe(200);
      expect(await send('POST', '/webhook/alertmanager', { host, 'sec-fetch-site': 'none' })).toBe(200);
    }
    // A proxy may pass AlertManager's posts on under whatever name.
    expect(await send('POST', '/webhook/alertmanager', { host: 'relay.example.com' })).toBe(200);
  });

  it.each([
    ['a form or plain text, as a page may send it unasked', { 'content-type': 'text/plain' }, 415, 'body'],
    ['what a browser says comes from another site', { ...json, 'sec-fetch-site': 'cross-site' }, 403, 'cross_site'],
    ['what an older one says does', { ...json, origin: 'http://elsewhere.example' }, 403, 'cross_site'],
  ] as const)('%s is refused', async (_, headers, status, reason) => {
    const { post, ask, counts, posts } = await started();
    expect((await post(group(alert('A')), headers)).status).toBe(status);
    const discard = { method: 'POST', headers, body: '{"all": true}' };
    expect((await ask('/-/dead/discard', discard)).status).toBe(status);
    // What AlertManager sends names no site; nothing of the same alert was taken before.
    expect(await post(group(alert('A')))).toEqual({ status: 200, text: expect.stringContaining('"news":1') });
    // The core has answered, so it has also heard what was refused before.
    expect(counts().get(reason)).toBe(2);
    expect(posts).toEqual(['refused']);
  });
});

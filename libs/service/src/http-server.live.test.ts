// The server on real sockets: how it starts, how it refuses to, and how it stops.
import { once } from 'node:events';
import { Agent, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpRefusals } from './http-refusals.js';
import { listen, ListenError, type HttpServer, type ListenSettings } from './http-server.js';
import { memoryLog, silentLog } from './log.js';

const servers: HttpServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(
  handler: Parameters<typeof listen>[0],
  settings: Partial<ListenSettings> = {},
): Promise<HttpServer> {
  const server = await listen(handler, { host: '127.0.0.1', port: 0, log: silentLog(), ...settings });
  servers.push(server);
  return server;
}

/** A handler that hands each request to the test and leaves it unanswered. */
function hanging(): {
  readonly handler: (request: IncomingMessage, response: ServerResponse) => void;
  readonly next: Promise<ServerResponse>;
} {
  const { promise, resolve } = withResolvers<ServerResponse>();
  return {
    handler: (_request, response) => {
      resolve(response);
    },
    next: promise,
  };
}

function withResolvers<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** What was refused, without the reasons of which there was none. */
function counted(refusals: HttpRefusals): Record<string, number> {
  return Object.fromEntries(refusals.counts.filter(([, count]) => count > 0));
}

async function waitUntil(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it never came true');
    await new Promise(setImmediate);
  }
}

async function fetchOver(agent: Agent, url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  return response;
}

describe('listen', () => {
  it('finds a free port for port 0 and says where it can be reached', async () => {
    const server = await start((_request, response) => response.end('here'));
    expect(server.port).toBeGreaterThan(0);
    expect(server).toMatchObject({ address: '127.0.0.1', url: `http://127.0.0.1:${server.port}` });
    expect(await (await fetch(server.url)).text()).toBe('here');
  });

  it('names host and port when they are taken, and how to choose others', async () => {
    const { port } = await start(() => undefined);
    const refused: unknown = await start(() => undefined, { port }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ListenError);
    expect(refused).toMatchObject({
      code: 'EADDRINUSE',
      message: `cannot listen on 127.0.0.1 port ${port}: another program uses it. Stop that one, or choose another port with --port`,
    });
  });

  it('names a host that this machine does not have', async () => {
    await expect(start(() => undefined, { host: '192.0.2.1' })).rejects.toThrow(
      'cannot listen on 192.0.2.1 port 0: this machine does not have that address',
    );
  });

  it('closes the connection that has been idle for longest where there are too many', async () => {
    const refusals = new HttpRefusals(silentLog());
    const server = await start((_request, response) => response.end('here'), { maxConnections: 3, refusals });
    const idle: Socket[] = [];
    for (let n = 0; n < 10; n++) {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      idle.push(socket);
    }
    expect(await (await fetch(server.url)).text()).toBe('here');
    await Promise.all(
      idle
        .slice(0, 8)
        .filter(({ destroyed }) => !destroyed)
        .map((socket) => once(socket, 'close')),
    );
    expect(idle.slice(8).map(({ destroyed }) => destroyed)).toEqual([false, false]);
    expect(counted(refusals)).toEqual({ idle: 8 });
    for (const socket of idle) socket.destroy();
  });

  it('closes no connection that has a request under way, and takes an answered one for idle', async () => {
    const { handler, next } = hanging();
    const refusals = new HttpRefusals(silentLog());
    const server = await start(handler, { maxConnections: 1, refusals });
    const answered = fetch(server.url);
    const response = await next;
    await expect(fetch(server.url)).rejects.toThrow();
    response.end('finished');
    expect(await (await answered).text()).toBe('finished');
    const third = connect(server.port, '127.0.0.1');
    await once(third, 'connect');
    await waitUntil(() => counted(refusals)['idle'] === 1);
    expect(counted(refusals)).toEqual({ busy: 1, idle: 1 });
    third.destroy();
  });

  it('lets another client in where one holds every connection with a request under way', async () => {
    const refusals = new HttpRefusals(silentLog());
    let underWay = 0;
    const server = await start(
      (request, response) => {
        if (request.url === '/here') response.end('here');
        else underWay++;
      },
      { host: '0.0.0.0', maxConnections: 8, shareOfOneClient: 2, refusals },
    );
    // One machine has many addresses of the loopback.
    const ask = (from: string, path: string) =>
      get({ host: '127.0.0.1', port: server.port, localAddress: from, path, agent: false });
    const held = Array.from({ length: 8 }, () => ask('127.0.0.2', '/never').on('error', () => undefined));
    await waitUntil(() => underWay === held.length);
    const [response] = (await once(ask('127.0.0.3', '/here'), 'response')) as [IncomingMessage];
    expect(await text(response)).toBe('here');
    expect(counted(refusals)['busy']).toBe(1);
    // And it keeps out its own ninth.
    const [ninth] = (await once(ask('127.0.0.2', '/here'), 'error')) as [Error];
    expect(ninth.message).toMatch(/hang up|ECONNRESET/);
    for (const each of held) each.destroy();
  });

  it('cuts a client that does not read its answer, and counts that', async () => {
    const refusals = new HttpRefusals(silentLog());
    const page = Buffer.alloc(64_000_000, 'x');
    const server = await start((_request, response) => response.end(page), { readTimeoutMs: 200, refusals });
    const reader = connect(server.port, '127.0.0.1').pause();
    reader.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await waitUntil(() => counted(refusals)['too_slow'] === 1);
    reader.destroy();
    // One that reads slowly, but reads, gets all of it.
    const slow = await fetch(server.url);
    let length = 0;
    for await (const piece of slow.body ?? []) {
      length += (piece as Uint8Array).length;
      if (length % 7 === 0) await new Promise(setImmediate);
    }
    expect(length).toBe(page.length);
    expect(counted(refusals)).toEqual({ too_slow: 1 });
  });

  it('cuts a client that takes its answer too slowly as a whole', async () => {
    const refusals = new HttpRefusals(silentLog());
    const page = Buffer.alloc(64_000_000, 'x');
    const server = await start((_request, response) => response.end(page), { wholeReadTimeoutMs: 200, refusals });
    const reader = connect(server.port, '127.0.0.1').pause();
    reader.on('error', () => undefined).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await waitUntil(() => counted(refusals)['too_slow'] === 1);
    reader.destroy();
  });

  it('cuts a connection whose headers do not arrive in time', async () => {
    const refusals = new HttpRefusals(silentLog());
    const server = await start(() => undefined, { headersTimeoutMs: 50, refusals });
    const slow = connect(server.port, '127.0.0.1');
    slow.write('GET / HTTP/1.1\r\n');
    // No 408: AlertManager takes it as final.
    expect(await text(slow)).toBe('');
    expect(counted(refusals)).toEqual({ too_slow: 1 });
  });

  it('cuts a body that does not arrive in time, and counts that once', async () => {
    const refusals = new HttpRefusals(silentLog());
    const server = await start(() => undefined, { requestTimeoutMs: 50, refusals });
    const slow = connect(server.port, '127.0.0.1');
    slow.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123');
    expect(await text(slow)).toBe('');
    expect(counted(refusals)).toEqual({ too_slow: 1 });
  });

  it.each([
    ['in the middle of its body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n123'],
    ['before it is answered', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('counts a client that goes away %s', async (_, request) => {
    const { log, lines } = memoryLog();
    const refusals = new HttpRefusals(log);
    const { handler, next } = hanging();
    const server = await start(handler, { refusals });
    const client = connect(server.port, '127.0.0.1');
    client.write(request);
    await next;
    client.destroy();
    await waitUntil(() => counted(refusals)['gone'] === 1);
    expect(lines).toEqual([expect.objectContaining({ level: 'warn', reason: 'gone', from: '127.0.0.1' })]);
  });

  it('counts no answer that it breaks off itself, and none that is whole', async () => {
    const refusals = new HttpRefusals(silentLog());
    const server = await start(
      (request, response) => {
        if (request.url === '/whole') response.end('x');
        else response.destroy();
      },
      { refusals },
    );
    await (await fetch(`${server.url}/whole`)).text();
    await expect(fetch(server.url)).rejects.toThrow();
    expect(counted(refusals)).toEqual({});
  });

  it('tells HTTPS on its port from other things that are no HTTP', async () => {
    const { log, lines } = memoryLog();
    const refusals = new HttpRefusals(log, { ticks: () => 60_000 * lines.length });
    const server = await start(() => undefined, { refusals });
    for (const bytes of [Buffer.from('HELLO\r\n\r\n'), Buffer.from([0x16, 0x03, 0x01, 0x00, 0x05])]) {
      const odd = connect(server.port, '127.0.0.1');
      odd.write(bytes);
      await text(odd);
    }
    expect(lines.map(({ msg }) => msg)).toEqual([
      'a request was no HTTP, or its head is too large',
      'a client speaks HTTPS; this port speaks HTTP',
    ]);
    expect(counted(refusals)).toEqual({ malformed: 2 });
  });

  it('answers what is no HTTP with 400', async () => {
    const server = await start(() => undefined);
    const odd = connect(server.port, '127.0.0.1');
    odd.write('HELLO\r\n\r\n');
    expect(await text(odd)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  });
});

describe('close', () => {
  it('lets an answer under way finish, and accepts nothing more', async () => {
    const { handler, next } = hanging();
    const server = await start(handler, { closeDeadlineMs: 60_000 });
    const answered = fetch(server.url);
    const response = await next;
    const closed = server.close();
    await expect(fetch(server.url)).rejects.toThrow();
    response.end('finished');
    expect(await (await answered).text()).toBe('finished');
    expect((await answered).headers.get('connection')).toBe('close');
    await closed;
  });

  it('lets an answer finish that had already sent its headers on a keep-alive connection', async () => {
    const { handler, next } = hanging();
    const server = await start(handler, { closeDeadlineMs: 60_000 });
    const agent = new Agent({ keepAlive: true });
    const answered = fetchOver(agent, server.url);
    const response = await next;
    response.write('begun, ');
    const incoming = await answered;
    const closed = server.close();
    response.end('finished');
    expect(await text(incoming)).toBe('begun, finished');
    await closed;
    agent.destroy();
  });

  it('closes idle keep-alive connections at once', async () => {
    const server = await start((_request, response) => response.end('x'), { closeDeadlineMs: 60_000 });
    const agent = new Agent({ keepAlive: true });
    const response = await fetchOver(agent, server.url);
    const socket: Socket = response.socket;
    await text(response);
    const gone = once(socket, 'close');
    await server.close();
    await gone;
  });

  it('ends a request that hangs, and a connection that says nothing, at the deadline', async () => {
    const { handler, next } = hanging();
    const server = await start(handler, { closeDeadlineMs: 20 });
    const mute = connect(server.port, '127.0.0.1');
    await once(mute, 'connect');
    const cut = expect(fetch(server.url)).rejects.toThrow();
    await next;
    const gone = once(mute, 'close');
    await server.close();
    await cut;
    await gone;
  });

  it('may be called twice', async () => {
    const server = await start(() => undefined);
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

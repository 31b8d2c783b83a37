// One POST: what was answered, and what can have arrived if nothing was.
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Exchange, httpPost } from './http-channel.js';

describe('a POST', () => {
  const servers: { close(): unknown; closeAllConnections?(): void }[] = [];
  afterEach(() => {
    for (const each of servers.splice(0)) {
      each.close();
      each.closeAllConnections?.();
    }
  });

  const serve = async (listener: RequestListener): Promise<string> => {
    const server: Server = createServer(listener);
    servers.push(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
  const post = (url: string, patience = 20_000, body = '{"a":"队"}'): Promise<Exchange> =>
    httpPost({ url, body, headers: { 'X-Own': 'yes' }, signal: AbortSignal.timeout(patience) });

  it('brings the body and the headers, and reads status, body and Retry-After', async () => {
    const seen: string[] = [];
    const url = await serve((request, response) => {
      request.setEncoding('utf8').on('data', (chunk: string) => seen.push(chunk));
      request.on('end', () => {
        seen.push(
          `${request.headers['content-type'] ?? ''} ${request.headers['content-length'] ?? ''} ${String(request.headers['x-own'])} ${request.headers.connection ?? ''}`,
        );
        response.writeHead(429, { 'Retry-After': '30' }).end('slow');
      });
    });
    expect(await post(url)).toEqual({ kind: 'answered', status: 429, retryAfter: '30', body: 'slow' });
    expect(seen).toEqual(['{"a":"队"}', 'application/json; charset=utf-8 11 yes close']);
  });

  it('reads no more than 64 kB of an answer that does not end', async () => {
    const url = await serve((request, response) => {
      request.resume();
      const more = (): void => {
        while (response.writable && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    });
    const exchange = await post(url);
    expect(exchange).toMatchObject({ kind: 'answered', status: 200 });
    expect(exchange.kind === 'answered' && exchange.body.length).toBe(65_536);
  });

  it('follows no redirect', async () => {
    let asked = 0;
    const url = await serve((request, response) => {
      asked += 1;
      request.resume();
      response.writeHead(307, { Location: '/again' }).end();
    });
    expect(await post(url)).toMatchObject({ kind: 'answered', status: 307 });
    expect(asked).toBe(1);
  });

  it('can have arrived when the answer stops in the middle, or does not come in time', async () => {
    const url = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'Content-Length': 100 }).write('{"errcode":0', () => response.destroy());
    });
    expect(await post(url)).toMatchObject({ kind: 'unanswered', timedOut: false });
    expect(
      await post(
        await serve((request) => {
          request.resume();
        }),
        300,
      ),
    ).toMatchObject({ kind: 'unanswered', timedOut: true });
    expect(
      await post(
        await serve((request, response) => {
          request.resume();
          response.writeHead(200).write('{');
        }),
        300,
      ),
    ).toMatchObject({ kind: 'unanswered', timedOut: true });
  });

  it('cannot have arrived where TLS was never agreed on, or the body did not fit through', async () => {
    const silent = createTcpServer((socket) => {
      socket.on('error', () => undefined);
    });
    servers.push(silent);
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const sockets: { destroy(): void }[] = [];
    silent.on('connection', (socket) => {
      sockets.push(socket);
      socket.pause();
    });
    expect(await post(`https://127.0.0.1:${port}/`, 300)).toMatchObject({ kind: 'unsent', timedOut: true });
    expect(await post(`http://127.0.0.1:${port}/`, 300, 'x'.repeat(50_000_000))).toMatchObject({
      kind: 'unsent',
      timedOut: true,
    });
    for (const socket of sockets) socket.destroy();
  });

  it("cannot have arrived where the certificate is nobody's, or the address is none", async () => {
    const url = await serve((_, response) => {
      response.end();
    });
    expect(await post(url.replace('http:', 'https:'))).toMatchObject({ kind: 'unsent', timedOut: false });
    expect(await post('http://127.0.0.1:99999/')).toMatchObject({ kind: 'unsent', code: 'ERR_INVALID_URL' });
  });
});

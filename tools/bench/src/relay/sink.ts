// A server that takes everything at once, and notes when: the fastest that a channel's server could be.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Sink extends AsyncDisposable {
  readonly url: string;
  /** When each request had arrived in full, by `performance.now()`. */
  readonly arrivals: readonly number[];
}

export async function startSink(port = 0): Promise<Sink> {
  const arrivals: number[] = [];
  const server = createServer((request, response) => {
    request.resume().once('end', () => {
      arrivals.push(performance.now());
      response.writeHead(204).end();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    arrivals,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

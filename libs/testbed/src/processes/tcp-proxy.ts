// A way to a server that a test can cut, and lead to another server, as where an address moves when servers change.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpTarget {
  readonly host: string;
  readonly port: number;
}

export interface TcpProxy extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** New connections lead there from now on; those that are open are cut. */
  lead(target: TcpTarget): void;
  /** Ends every connection without a goodbye. */
  cut(): void;
}

export async function startTcpProxy(first: TcpTarget): Promise<TcpProxy> {
  let target = first;
  const open = new Set<Socket>();
  const cut = (): void => {
    for (const socket of open) socket.resetAndDestroy();
  };
  const keep = (socket: Socket, other: Socket): void => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      open.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = connect({ host: target.host, port: target.port });
    keep(client, upstream);
    keep(upstream, client);
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    cut,
    lead: (next) => {
      target = next;
      cut();
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}

// How many connections a server has: where there are too many, the one that has been idle for longest makes room, since
// whoever comes with a request must get in.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpRefusals } from './http-refusals.js';

/**
 * A connection is idle from its beginning, or from its last answer, until the head of a request has arrived. Only where
 * none is idle a new one is closed at once.
 */
export function limitConnections(server: Server, max: number, refusals: HttpRefusals): void {
  const all = new Set<Socket>();
  /** In the order in which they became idle. */
  const idle = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    if (all.size >= max) {
      const [oldest] = idle;
      const closed = oldest ?? socket;
      refusals.add(
        oldest === undefined ? 'busy' : 'idle',
        oldest === undefined
          ? 'a connection was closed at once: all others have a request under way'
          : 'too many connections: the one that was idle for longest was closed',
        { from: closed.remoteAddress, connections: all.size },
      );
      forget(closed);
      closed.destroy();
      if (closed === socket) return;
    }
    all.add(socket);
    idle.add(socket);
    socket.once('close', () => {
      forget(socket);
    });
  });
  server.prependListener('request', ({ socket }, response) => {
    idle.delete(socket);
    response.once('close', () => {
      if (all.has(socket)) idle.add(socket);
    });
  });

  function forget(socket: Socket): void {
    all.delete(socket);
    idle.delete(socket);
  }
}

// How many connections a server has, in all and of one client: where there are too many, one that waits for its
// client makes room, since whoever comes with a request must get in.
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressGroup } from './address-group.js';
import type { HttpRefusalReason, Refusals } from './http-refusals.js';
import { connectionBelow } from './tls-intake.js';

export interface ConnectionLimits {
  readonly all: number;
  /** What one address, or one network of IPv6, may have beside others; more as long as nobody else comes. */
  readonly ofOneClient: number;
}

/** A client that has left its request unfinished, or its answer unread, for so long may be cut to make room. */
const STALLED_MS = 2_000;

interface Connection {
  readonly socket: Socket;
  readonly client: string;
  /** The request under way; undefined: it is idle. */
  under: Under | undefined;
}

interface Under {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly since: number;
}

/**
 * A connection is idle from its beginning, or from its last answer, until the head of a request has arrived. Where
 * there are too many, the one that has been so for longest is closed, or one whose client does not go on: first of
 * clients that have more than their share. Where all are being answered, a client with more than its share makes room
 * for one with less; else the new one is closed at once.
 */
export function limitConnections(
  server: Server,
  limits: ConnectionLimits,
  refusals: Refusals,
  ticks: () => number = () => performance.now(),
): void {
  const all = new Map<Socket, Connection>();
  const counts = new Map<string, number>();
  /** Each in the order in which they became so. */
  const [idle, busy] = [new Set<Connection>(), new Set<Connection>()];
  server.on('connection', (socket: Socket) => {
    const connection: Connection = { socket, client: addressGroup(socket.remoteAddress), under: undefined };
    if (all.size >= limits.all && !makeRoom(connection)) return;
    all.set(socket, connection);
    counts.set(connection.client, countOf(connection) + 1);
    idle.add(connection);
    socket.once('close', () => {
      forget(connection);
    });
  });
  server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const socket = connectionBelow(request.socket);
    const connection = all.get(socket);
    if (connection === undefined) return;
    const under = { request, response, since: ticks() };
    connection.under = under;
    idle.delete(connection);
    busy.add(connection);
    response.once('close', () => {
      // The next request of the same connection may have come already.
      if (connection.under !== under) return;
      connection.under = undefined;
      busy.delete(connection);
      if (all.has(socket)) idle.add(connection);
    });
  });

  /** Closes one; `added` itself, and gives false, where none can make room for it. */
  function makeRoom(added: Connection): boolean {
    const [closed, reason, message] = roomFor(added);
    refusals.add(reason, message, { from: closed.socket.remoteAddress, connections: all.size });
    forget(closed);
    closed.socket.destroy();
    return closed !== added;
  }

  function roomFor(added: Connection): readonly [closed: Connection, reason: HttpRefusalReason, message: string] {
    for (const isMeant of [hasTooMany, (): boolean => true]) {
      const unused = firstOf(idle, isMeant);
      if (unused) return [unused, 'idle', 'too many connections: the one that was idle for longest was closed'];
      const stalled = firstOf(busy, (each) => isMeant(each) && isStalled(each));
      if (stalled)
        return [stalled, 'too_slow', 'too many connections: one was cut whose client neither sends nor reads on'];
    }
    const greedy = countOf(added) < limits.ofOneClient ? firstOf(busy, hasTooMany) : undefined;
    return greedy
      ? [greedy, 'busy', 'too many connections: one was cut whose client has more than its share']
      : [added, 'busy', 'a connection was closed at once: all others have a request under way'];
  }

  function countOf({ client }: Connection): number {
    return counts.get(client) ?? 0;
  }

  function hasTooMany(connection: Connection): boolean {
    return countOf(connection) > limits.ofOneClient;
  }

  /** Whether it is the client that is waited for, and for long. */
  function isStalled({ under }: Connection): boolean {
    if (under === undefined || ticks() - under.since < STALLED_MS) return false;
    return !under.request.complete || under.response.writableEnded;
  }

  function forget(connection: Connection): void {
    idle.delete(connection);
    busy.delete(connection);
    if (!all.delete(connection.socket)) return;
    const left = countOf(connection) - 1;
    if (left > 0) counts.set(connection.client, left);
    else counts.delete(connection.client);
  }
}

function firstOf<T>(set: ReadonlySet<T>, isMeant: (each: T) => boolean): T | undefined {
  for (const each of set) if (isMeant(each)) return each;
  return undefined;
}

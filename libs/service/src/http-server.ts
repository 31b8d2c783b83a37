// An HTTP server that starts with clear refusals and stops cleanly.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { limitConnections } from './connections.js';
import { HttpRefusals, type Refusals, requestDetails } from './http-refusals.js';
import type { PlainLog } from './log.js';
import { nodeHttp } from './node-http.js';
import { cutSlowReaders } from './slow-readers.js';
import { takeTls, type TlsIntake } from './tls-intake.js';
import type { TlsPlan } from './web-config/web-config.js';

export interface ListenSettings {
  /** Absent: all interfaces, IPv6 and IPv4. */
  readonly host?: string;
  /** 0: any free port. */
  readonly port: number;
  readonly log: PlainLog;
  /** Milliseconds in which a request's headers must have arrived. Default 10,000. */
  readonly headersTimeoutMs?: number;
  /** Milliseconds in which a whole request must have arrived. Default 30,000. */
  readonly requestTimeoutMs?: number;
  /** Where one more comes, the connection that has been idle for longest is closed. Default 256. */
  readonly maxConnections?: number;
  /** How many of them one address, or one network of IPv6, may keep where others come. Default: a quarter of all. */
  readonly shareOfOneClient?: number;
  /** Milliseconds after which a client that takes nothing of its answer is cut. Default 30,000. */
  readonly readTimeoutMs?: number;
  /** Milliseconds that one answer may wait for its client in all. Default 120,000. */
  readonly wholeReadTimeoutMs?: number;
  /** Counts what is refused here: what is no HTTP, too slow, or goes away. */
  readonly refusals?: Refusals;
  /** Milliseconds that `close` gives answers that are under way. Default 500. */
  readonly closeDeadlineMs?: number;
  /** Absent: plain HTTP. */
  readonly tls?: TlsPlan | undefined;
  /** Milliseconds in which a TLS handshake must be done. Default 10,000. */
  readonly handshakeTimeoutMs?: number;
}

export interface HttpServer {
  readonly port: number;
  readonly address: string;
  /** Where this machine reaches it, without a slash at the end. */
  readonly url: string;
  /**
   * Takes another certificate, or none, for connections that come from now on. Where other rules hold for who may
   * connect, those that are there end: at once, or with the answer that is under way. Throws where it cannot be used.
   */
  useTls(plan: TlsPlan | undefined): void;
  /**
   * Accepts nothing more, lets answers under way finish until the deadline, and then closes what is left. May be called
   * again.
   */
  close(): Promise<void>;
}

/** The server could not start; the message names host and port and says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  /** Node's code, such as EADDRINUSE. */
  readonly code: string;

  constructor(code: string, message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Resolves when the server listens. Throws a `ListenError`. */
export async function listen(handler: RequestListener, settings: ListenSettings): Promise<HttpServer> {
  const {
    host,
    port,
    log,
    headersTimeoutMs = 10_000,
    requestTimeoutMs = 30_000,
    maxConnections = 256,
    shareOfOneClient = Math.ceil(maxConnections / 4),
    readTimeoutMs = 30_000,
    wholeReadTimeoutMs = 120_000,
    refusals = new HttpRefusals(log),
    closeDeadlineMs = 500,
  } = settings;
  const timeouts = { headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs), requestTimeout: requestTimeoutMs };
  // Node looks for late requests only at each checking interval, by default every 30 s. A scraper that comes every 15
  // to 60 s keeps its connection, and never meets one that is just being closed.
  const server = nodeHttp.createServer(
    { ...timeouts, connectionsCheckingInterval: 1_000, keepAliveTimeout: 65_000 },
    (request, response) => {
      // A client that keeps its connection would stay in by the rules of yesterday.
      if (intake.mayStay(request.socket)) handler(request, response);
      else request.socket.destroy();
    },
  );
  const intake = takeTls(server, refusals, settings.handshakeTimeoutMs);
  intake.use(settings.tls);
  limitConnections(server, { all: maxConnections, ofOneClient: shareOfOneClient }, refusals);
  const cutOff = new WeakSet<ServerResponse>();
  cutSlowReaders(server, { stalledMs: readTimeoutMs, wholeMs: wholeReadTimeoutMs }, refusals, cutOff);
  const answering = trackAnswers(server);
  countBroken(server, refusals, cutOff);

  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(listenError(error, host, port));
    });
    server.listen({ port, ...(host !== undefined && { host }) }, resolve);
  });
  server.removeAllListeners('error').on('error', (error) => {
    log.error({ err: error }, 'the HTTP server reported an error');
  });

  // A server on a port, not on a pipe, always has an address of this form.
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  return {
    port: address.port,
    address: address.address,
    url: `${settings.tls ? 'https' : 'http'}://${reachable(address)}:${address.port}`,
    useTls: (plan) => {
      if (intake.use(plan)) endConnections(server, answering);
    },
    close: () => (closed ??= closeServer(server, intake, answering, closeDeadlineMs)),
  };
}

function trackAnswers(server: Server): ReadonlySet<ServerResponse> {
  const answering = new Set<ServerResponse>();
  server.prependListener('request', (_request, response) => {
    if (!server.listening) response.shouldKeepAlive = false;
    answering.add(response);
    response.once('close', () => {
      answering.delete(response);
      // An answer that had sent its headers before the close leaves a keep-alive connection, which no one will use
      // again.
      if (!server.listening) server.closeIdleConnections();
    });
  });
  return answering;
}

/** The idle ones at once, the others with their answer. */
function endConnections(server: Server, answering: ReadonlySet<ServerResponse>): void {
  server.closeIdleConnections();
  for (const response of answering) response.shouldKeepAlive = false;
}

function closeServer(
  server: Server,
  intake: TlsIntake,
  answering: ReadonlySet<ServerResponse>,
  deadlineMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    const deadline = setTimeout(() => {
      server.closeAllConnections();
    }, deadlineMs);
    // This also closes the connections that are idle now.
    server.close(() => {
      clearTimeout(deadline);
      resolve();
    });
    for (const response of answering) response.shouldKeepAlive = false;
    intake.close();
  });
}

/** Counts what breaks off before it is answered: each connection once. @param cutOff counted where that was done */
function countBroken(server: Server, refusals: Refusals, cutOff: WeakSet<ServerResponse>): void {
  const counted = new WeakSet<Duplex>();
  server.on('clientError', (error: ClientError, socket) => {
    const { remoteAddress } = socket as Duplex & { readonly remoteAddress?: string };
    const { reason, message } = brokenBy(error);
    if (server.listening && !counted.has(socket))
      refusals.add(reason, message, { from: remoteAddress, code: error.code });
    counted.add(socket);
    refuseClient(error, socket);
  });
  server.prependListener('request', (request: IncomingMessage, response) => {
    const { socket } = request;
    // The address is not known any more once the client is gone.
    const details = requestDetails(request);
    response.once('close', () => {
      // An answer that we broke off ourselves has been counted where that happened.
      const hasLeft = socket.readableEnded || socket.errored !== null;
      if (response.writableFinished || counted.has(socket) || !server.listening || !hasLeft) return;
      if (cutOff.has(response)) return;
      counted.add(socket);
      refusals.add('gone', 'a client went away before it was answered', details);
    });
  });
}

interface ClientError extends NodeJS.ErrnoException {
  readonly rawPacket?: Buffer;
}

function brokenBy({ code, rawPacket }: ClientError): { reason: 'too_slow' | 'gone' | 'malformed'; message: string } {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return { reason: 'too_slow', message: 'a request did not arrive in time, and was cut off' };
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'HPE_INVALID_EOF_STATE')
    return { reason: 'gone', message: 'a client went away in the middle of its request' };
  // The first byte of a TLS handshake.
  const isTls = rawPacket?.[0] === 0x16;
  return {
    reason: 'malformed',
    message: isTls ? 'a client speaks HTTPS; this port speaks HTTP' : 'a request was no HTTP, or its head is too large',
  };
}

/**
 * A request that came too slowly is cut without an answer: AlertManager takes every 4xx as final, and tries again where
 * a connection breaks.
 */
function refuseClient({ code }: NodeJS.ErrnoException, socket: Duplex): void {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT' || code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else
    socket.end(
      'HTTP/1.1 ' +
        `${code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'}\r\nConnection: ` +
        'close\r\n\r\n',
    );
}

function listenError(error: NodeJS.ErrnoException, host: string | undefined, port: number): ListenError {
  const code = error.code ?? 'UNKNOWN';
  const place = `${host === undefined ? 'port' : host.includes(':') ? `[${host}] port` : `${host} port`} ${port}`;
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program uses it. Stop that one, or choose another port with --port',
    EACCES: 'this user may not open it. Choose a port of 1024 or above with --port',
    EADDRNOTAVAIL: 'this machine does not have that address. Choose another host',
    ENOTFOUND: 'this machine does not know that host. Choose another host',
  };
  return new ListenError(code, `cannot listen on ${place}: ${reasons[code] ?? error.message}`, error);
}

function reachable({ address, family }: AddressInfo): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  if (address === '::') return 'localhost';
  return family === 'IPv6' ? `[${address}]` : address;
}

// TLS in front of an HTTP server that listens: which certificate counts may change while it runs, and whether TLS is
// spoken at all. Connections that are there stay as they are, unless other rules hold for who may connect.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Server as TlsServer, TLSSocket } from 'node:tls';
import type { Refusals } from './http-refusals.js';
import { certificateRefusal } from './web-config/client-certificate.js';
import { rulesOf } from './web-config/locks.js';
import { certificateIn, tlsSettings } from './web-config/tls-material.js';
import type { TlsPlan } from './web-config/web-config.js';

/** How long a client has for its part of the handshake, and a refused one until it hears why. */
const HANDSHAKE_MS = 10_000;

export interface TlsIntake {
  /**
   * For new connections. Throws where OpenSSL cannot use it; then nothing has changed. True where other rules hold for
   * who may connect: what came under the old ones has lost its right to stay.
   */
  use(plan: TlsPlan | undefined): boolean;
  /** Whether it came under the rules that hold now. */
  mayStay(socket: Socket): boolean;
  /** Ends what is still in its handshake. */
  close(): void;
}

type Listener = (this: Server, socket: Socket) => void;

/** The sockets below TLS, by those above. */
const below = new WeakMap<Socket, Socket>();

/** The connection itself, whether or not TLS is spoken on it. */
export function connectionBelow(socket: Socket): Socket {
  return below.get(socket) ?? socket;
}

/** Called before anybody else listens for the server's connections. */
export function takeTls(server: Server, refusals: Refusals, handshakeMs = HANDSHAKE_MS): TlsIntake {
  const [http] = server.listeners('connection') as [Listener];
  server.removeListener('connection', http);
  /** In their handshake, by where they come from. */
  const shaking = new Map<string, Socket>();
  let current: TlsServer | undefined;
  let used = '';
  let rules = '';
  const cameUnder = new WeakMap<Socket, string>();
  const letIn = (socket: Socket): void => {
    cameUnder.set(socket, rules);
    http.call(server, socket);
  };
  server.on('connection', (socket: Socket) => {
    if (current === undefined) return letIn(socket);
    const name = nameOf(socket);
    // What goes wrong below TLS is told above it. An error that nobody hears would end the program.
    socket.on('error', () => undefined);
    // One that ends in the middle of its handshake has nothing more to hear.
    socket.allowHalfOpen = false;
    shaking.set(name, socket);
    socket.once('close', () => shaking.delete(name));
    current.emit('connection', socket);
  });
  return {
    use: (plan) => {
      const wanted = plan === undefined ? '' : JSON.stringify(plan);
      if (wanted === used) return false;
      current = plan && speaking(plan);
      used = wanted;
      const before = rules;
      rules = rulesOf(plan);
      if (rules !== before) endHandshakes();
      return rules !== before;
    },
    mayStay: (socket) => cameUnder.get(socket) === rules,
    close: endHandshakes,
  };

  function endHandshakes(): void {
    for (const socket of shaking.values()) socket.destroy();
  }

  function speaking(plan: TlsPlan): TlsServer {
    const tls = process.getBuiltinModule('node:tls');
    const wanted = { ...plan, own: certificateIn(plan.cert)?.raw };
    const made = tls.createServer({
      ...tlsSettings(plan),
      requestCert: plan.clientAuth !== 'NoClientCert',
      // Judged below, since some are let in that no authority has signed.
      rejectUnauthorized: false,
      handshakeTimeout: handshakeMs,
      ALPNProtocols: ['http/1.1'],
    });
    made.on('secureConnection', (socket) => {
      const name = nameOf(socket);
      const lower = shaking.get(name);
      shaking.delete(name);
      if (lower === undefined) return socket.destroy();
      below.set(socket, lower);
      const shown = socket.getPeerX509Certificate();
      const fault = socket.authorized ? undefined : String(socket.authorizationError);
      const refusal = certificateRefusal({ raw: shown?.raw, fault, names: shown?.subjectAltName }, wanted);
      if (refusal === undefined) return letIn(socket);
      refusals.add('certificate', 'a connection was refused by its client certificate', {
        from: socket.remoteAddress,
        why: refusal,
      });
      tellAndEnd(socket, refusal, handshakeMs);
    });
    made.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      const from = socket.remoteAddress;
      const plain = error.code === 'ERR_SSL_HTTP_REQUEST' ? shaking.get(nameOf(socket)) : undefined;
      if (plain === undefined) socket.destroy();
      else plain.end(NOT_HTTPS, () => plain.destroy());
      refusals.add('handshake', HANDSHAKE_WORDS[error.code ?? ''] ?? HANDSHAKE_FAILED, {
        ...(from !== undefined && { from }),
        why: error.code ?? error.message,
      });
    });
    return made;
  }
}

const NOT_HTTPS = plainAnswer('400 Bad Request', 'this port speaks HTTPS, and the request was HTTP');

/** What it sends is not looked at; once it has sent something, it hears why it is refused. */
function tellAndEnd(socket: TLSSocket, why: string, withinMs: number): void {
  const answer = plainAnswer('403 Forbidden', why);
  socket.on('error', () => socket.destroy());
  socket.setTimeout(withinMs, () => socket.destroy());
  socket.once('data', () => {
    socket.end(answer);
    socket.resume();
  });
}

const HANDSHAKE_WORDS: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: 'a client speaks HTTP; this port speaks HTTPS',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'a TLS handshake took too long, and was cut off',
  ECONNRESET: 'a client went away before its TLS handshake was done',
};
const HANDSHAKE_FAILED =
  'a TLS handshake failed: the client does not trust the certificate, or speaks none of what is offered';

function nameOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''} ${localAddress ?? ''}`;
}

function plainAnswer(status: string, why: string): string {
  const text = `${status.slice(4)}: ${why}\n`;
  const head = [
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  return [`HTTP/1.1 ${status}`, ...head, '', text].join('\r\n');
}

// A real SMTP server that keeps what it gets: plain, with STARTTLS or TLS, with a login; it refuses, falters and hangs
// up when told to.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';

import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server';

import { readMail } from './read-mail.js';
import {
  type Misbehaviour,
  Mischief,
  type OwnCode,
  type ReceivedMessage,
  type Receiver,
  type ReceiverOptions,
  type Taken,
} from './receiver.js';

export interface SmtpOptions extends ReceiverOptions {
  /** `starttls`: offered. `implicit`: from the first byte. None if absent. */
  readonly tls?: 'starttls' | 'implicit';
  /** Paths of PEM files; wanted with `tls`. */
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Who may log in; then everybody has to. */
  readonly users?: Readonly<Record<string, string>>;
  /** Whether this token of this user is good; then everybody has to log in with XOAUTH2, and nobody with a password. */
  readonly accessToken?: (user: string, token: string) => boolean;
  /** The most that a mail may have, in bytes; announced as SIZE. */
  readonly size?: number;
  /** The size is not announced, only enforced. */
  readonly hideSize?: boolean;
  /** What this recipient gets for an answer; undefined: welcome. */
  readonly refuse?: (recipient: string) => OwnCode | undefined;
}

export interface ReceivedMail extends ReceivedMessage {
  /** Those of the envelope. */
  readonly recipients: readonly string[];
  readonly encrypted: boolean;
  readonly user: string | undefined;
  /** What the client called itself in EHLO. */
  readonly hello: string;
}

export interface SmtpReceiver extends Receiver {
  readonly received: readonly ReceivedMail[];
  readonly port: number;
}

type Reply = (error?: Error | null) => void;

/** `misbehave` knows no `redirect` and no answer of HTTP here; `html` is an answer of something that speaks no SMTP. */
export async function startSmtpReceiver(options: SmtpOptions = {}): Promise<SmtpReceiver> {
  const { port = 0, now = Date.now, onMessage, refuse = () => undefined } = options;
  const received: ReceivedMail[] = [];
  const mischief = new Mischief();
  const sockets = new Map<number, Socket>();
  const cut = (session: SMTPServerSession): void => {
    sockets.get(session.remotePort)?.destroy();
  };
  const takeCode = (at: OwnCode['at']): OwnCode | undefined => {
    const next = mischief.peek();
    return isCode(next) && next.at === at ? (mischief.take() as OwnCode) : undefined;
  };
  const answer = (code: OwnCode | undefined, reply: Reply): void => {
    reply(code === undefined ? null : replyWith(code));
  };

  const onData = async (
    stream: SMTPServerDataStream,
    session: SMTPServerSession,
  ): Promise<OwnCode | Taken | 'cut' | 'silence' | undefined> => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    const raw = Buffer.concat(chunks).toString('utf8');
    const next = mischief.take();
    const code = isCode(next)
      ? next
      : stream.sizeExceeded
        ? { code: 552, message: '5.3.4 message too big' }
        : undefined;
    const mail = await readMail(raw);
    const message: ReceivedMail = {
      at: now(),
      accepted: code === undefined,
      ...(code !== undefined && { refusal: `${code.code} ${code.message ?? ''}`.trim() }),
      ...(mail.messageId !== undefined && { key: mail.messageId }),
      title: mail.subject,
      text: mail.text,
      html: mail.html,
      raw,
      recipients: session.envelope.rcptTo.map(({ address }) => address),
      encrypted: session.secure,
      user: typeof session.user === 'string' ? session.user : undefined,
      hello: session.hostNameAppearsAs,
    };
    received.push(message);
    onMessage?.(message);
    if (isTaken(next)) return next;
    return code ?? (next === 'timeout' ? 'silence' : next === undefined ? undefined : 'cut');
  };

  const smtp = new SMTPServer({
    ...(await securityOf(options)),
    ...(options.size !== undefined && { size: options.size, hideSize: options.hideSize ?? false }),
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 0,
    onConnect: (_, reply) => {
      answer(takeCode('CONNECT'), reply);
    },
    onAuth: ({ username = '', password, accessToken }, _, reply) => {
      if (options.accessToken !== undefined) {
        if (options.accessToken(username, accessToken ?? '')) reply(null, { user: username });
        else reply(null, { data: { status: '400', schemes: 'Bearer', scope: 'https://mail.example.com/' } });
        return;
      }
      const known =
        options.users !== undefined && Object.hasOwn(options.users, username) && options.users[username] === password;
      if (known) reply(null, { user: username });
      else reply(replyWith({ code: 535, message: '5.7.8 authentication failed' }));
    },
    onMailFrom: (_, __, reply) => {
      answer(takeCode('MAIL'), reply);
    },
    onRcptTo: ({ address }, session, reply) => {
      if (mischief.peek() === 'cut-before-message') {
        mischief.take();
        cut(session);
      } else answer(takeCode('RCPT') ?? refuse(address), reply);
    },
    onData: (stream, session, reply) => {
      onData(stream, session).then((end) => {
        if (end === 'cut') cut(session);
        else if (isTaken(end)) sockets.get(session.remotePort)?.write(`${end.taken.body ?? ''}\r\n`);
        else if (end !== 'silence') answer(end, reply);
      }, reply);
    },
  });
  // A client that hangs up or does not like the certificate is no event of this server's.
  smtp.on('error', () => undefined);

  // Before the server: what it cannot do itself.
  const door = createServer((socket) => {
    socket.on('error', () => undefined);
    const { remotePort = 0 } = socket;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
    if (mischief.peek() === 'html') {
      mischief.take();
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n<!DOCTYPE html><html></html>\r\n');
    } else smtp.server.emit('connection', socket);
  });
  door.listen({ port, host: '127.0.0.1' });
  await once(door, 'listening');
  const close = async (): Promise<void> => {
    if (!door.listening) return;
    door.close();
    for (const socket of sockets.values()) socket.destroy();
    await once(door, 'close');
  };
  const listening = (door.address() as AddressInfo).port;
  return {
    url: `${options.tls === 'implicit' ? 'smtps' : 'smtp'}://127.0.0.1:${listening}`,
    port: listening,
    received,
    misbehave: (next, times) => {
      if (next === 'redirect' || (typeof next === 'object' && 'status' in next))
        throw new TypeError('SMTP has no such answer');
      mischief.add(next, times);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function securityOf({ tls, certificate, users, accessToken }: SmtpOptions): Promise<SMTPServerOptions> {
  const auth: SMTPServerOptions =
    accessToken !== undefined
      ? { allowInsecureAuth: tls === undefined, authMethods: ['XOAUTH2'] }
      : users === undefined
        ? { authOptional: true, disabledCommands: ['AUTH'] }
        : { allowInsecureAuth: tls === undefined };
  if (tls === undefined)
    return { ...auth, hideSTARTTLS: true, disabledCommands: [...(auth.disabledCommands ?? []), 'STARTTLS'] };
  if (certificate === undefined) throw new TypeError('TLS needs a certificate');
  const [cert, key] = await Promise.all([readFile(certificate.cert), readFile(certificate.key)]);
  return { ...auth, cert, key, secure: tls === 'implicit' };
}

function isTaken(next: unknown): next is Taken {
  return typeof next === 'object' && next !== null && 'taken' in next;
}

function isCode(next: Misbehaviour | undefined): next is OwnCode {
  return typeof next === 'object' && 'code' in next;
}

function replyWith({ code, message }: OwnCode): Error {
  return Object.assign(new Error(message ?? 'as asked for'), { responseCode: code });
}

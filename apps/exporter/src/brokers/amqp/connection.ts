// One connection to a RabbitMQ server: opened once and lost once. Whether to open another is the business of its owner.
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { type Channel, type ChannelModel, type ConfirmChannel, connect as connectAmqp, credentials } from 'amqplib';
import { Fault, within } from '../fault.js';
import { knownName } from '../name-lookup.js';
import { hostAndPort, type NamedServer } from '../reasons.js';
import { tlsOptions } from '../tls.js';
import type { TlsSettings } from '../settings.js';
import type { AmqpHost } from './address.js';
import { isRefusedLogin, reasonOf } from './reasons.js';

/** Milliseconds of silence after which an attempt is given up: a port that is not AMQP says nothing at all. */
const CONNECT_LIMIT = 4_000;
/** Milliseconds until a connection must be open, however chatty the server. */
const OPEN_LIMIT = 10_000;
/**
 * Bytes that the socket reads ahead of us: none, so that it waits for us, and what comes meanwhile is read in one piece
 * (see `take-over`).
 */
const READ_AHEAD = 1;
/** Milliseconds that a request may take. */
export const REQUEST_LIMIT = 5_000;
/** Milliseconds that a wanted end waits for the server's goodbye. */
const CLOSE_LIMIT = 200;

export interface AmqpPlan {
  readonly server: NamedServer;
  readonly host: AmqpHost;
  readonly port: number;
  readonly tls: ConnectionOptions | undefined;
}

export interface AmqpConnection {
  readonly server: NamedServer;
  /** Fulfilled, with the reason, when the connection is gone; also after `close`. */
  readonly lost: Promise<Fault>;
  /** A fresh channel. What fails on it closes it: see `gone`. Rejects with a Fault, in time. */
  channel(): Promise<AmqpChannel>;
  confirmChannel(): Promise<AmqpChannel<ConfirmChannel>>;
  /** Told when the broker takes no messages (with its reason), and when it does again. */
  onBlocked(tell: (reason: string | undefined) => void): void;
  /** Fulfilled when its socket is closed: within about 300 ms, whatever the other side does. */
  close(): Promise<void>;
}

export interface AmqpChannel<C extends Channel = Channel> {
  readonly amqp: C;
  /** Gives it up, whatever state it is in. */
  readonly close: () => void;
  /** Fulfilled when it is closed, with the error that closed it. */
  readonly gone: Promise<Error | undefined>;
}

/**
 * How consuming from a queue ends although the connection stands: its channel is closed, or the queue is deleted, which
 * amqplib tells the consumer by a message that is null (`deleted`).
 * @param names how the queue and the channel are called in the reason
 */
export function endOfQueue(
  { server: { where } }: AmqpConnection,
  { gone }: AmqpChannel,
  names: { readonly queue: string; readonly channel: string },
): { readonly ended: Promise<Fault>; readonly deleted: () => void } {
  let end: (fault: Fault) => void = () => undefined;
  const deletion = new Promise<Fault>((resolve) => {
    end = resolve;
  });
  const closing = gone.then(
    (error) => new Fault(`${where} has closed the channel of ${names.channel}: ${error?.message ?? ''}`),
  );
  return {
    ended: Promise.race([deletion, closing]),
    deleted: () => {
      end(new Fault(`${where}: somebody has deleted the queue ${names.queue}`));
    },
  };
}

/** One host of the address, with its certificates as they are now. Rejects with a Fault. */
export async function planConnection(host: AmqpHost, settings: TlsSettings): Promise<AmqpPlan> {
  const tls = await tlsOptions(host.tls, settings);
  const port = host.port ?? (tls === undefined ? 5672 : 5671);
  const secrets = [host.password, host.username].filter((text) => text.length > 3 && text !== 'guest');
  return { host, port, tls, server: { where: hostAndPort(host.host, port), tls: tls !== undefined, secrets } };
}

/** Connects and logs in; gives up when the signal aborts. Rejects with a Fault and leaves nothing open then. */
export async function connect(plan: AmqpPlan, purpose: string, signal: AbortSignal): Promise<AmqpConnection> {
  const { server } = plan;
  // Ends the socket whatever state it is in.
  const cut = new AbortController();
  const onAbort = (): void => {
    cut.abort();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await knownName(plan.host.host, server.where, signal);
    if (signal.aborted) throw new Fault('stopped');
    const opening = open(plan, purpose, cut.signal);
    // One that comes after the limit is cut by then.
    opening.catch(() => undefined);
    const model = await within(OPEN_LIMIT, `${server.where} accepts the connection and then does not answer`, opening);
    return keep(model, server, cut);
  } catch (error) {
    cut.abort();
    if (signal.aborted) throw new Fault('stopped');
    throw new Fault(reasonOf(error, server), { isStanding: isRefusedLogin(error) });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

async function open({ host, port, tls }: AmqpPlan, purpose: string, signal: AbortSignal): Promise<ChannelModel> {
  const { host: hostname, username, password, vhost, heartbeat } = host;
  // A socket of our own under TLS, since that alone heeds a signal.
  const socket = tls && (await tcpSocket(hostname, port, signal));
  const options = {
    timeout: CONNECT_LIMIT,
    noDelay: true,
    keepAlive: true,
    keepAliveDelay: 10_000,
    clientProperties: { connection_name: `celery-exporter ${purpose}` },
    ...(host.login === 'external' && { credentials: credentials.external() }),
    ...(tls === undefined || socket === undefined
      ? { signal, readableHighWaterMark: READ_AHEAD }
      : underTls(tls, socket, hostname)),
  };
  return connectAmqp(
    {
      protocol: tls === undefined ? 'amqp' : 'amqps',
      hostname,
      port,
      username,
      password,
      // It is unescaped there.
      vhost: encodeURIComponent(vhost),
      heartbeat,
    },
    options,
  );
}

function underTls({ timeout: _none, ...tls }: ConnectionOptions, socket: Socket, hostname: string): TlsOverSocket {
  return { ...(isIP(hostname) === 0 && { servername: hostname }), ...tls, socket };
}

type TlsOverSocket = Omit<ConnectionOptions, 'timeout'>;

function tcpSocket(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = { host, port, signal };
    const socket = connectTcp(options);
    socket.setTimeout(CONNECT_LIMIT, () => {
      socket.destroy(Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' }));
    });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      // From here on the TLS socket tells of its errors.
      socket.on('error', () => undefined);
      resolve(socket);
    });
  });
}

function keep(model: ChannelModel, server: NamedServer, cut: AbortController): AmqpConnection {
  let error: Error | undefined;
  model.on('error', (first) => {
    error ??= first;
  });
  const lost = new Promise<Fault>((resolve) => {
    model.on('close', (last) => {
      resolve(new Fault(reasonOf(error ?? last ?? new Error('Connection closed'), server)));
      cut.abort();
    });
  });
  return {
    server,
    lost,
    channel: () => openChannel(server, () => model.createChannel()),
    confirmChannel: () => openChannel(server, () => model.createConfirmChannel()),
    onBlocked: (tell) => {
      model.on('blocked', tell);
      model.on('unblocked', () => {
        tell(undefined);
      });
    },
    close: async () => {
      const goodbye = model.close().catch(() => undefined);
      await within(CLOSE_LIMIT, 'no goodbye', Promise.race([goodbye, lost])).catch(() => undefined);
      cut.abort();
      await Promise.race([lost, goodbye]);
    },
  };
}

async function openChannel<C extends Channel>(server: NamedServer, open: () => Promise<C>): Promise<AmqpChannel<C>> {
  const late = `${server.where} has not opened a channel within ${String(REQUEST_LIMIT / 1000)} s`;
  try {
    return watched(await within(REQUEST_LIMIT, late, open()));
  } catch (error) {
    throw new Fault(reasonOf(error, server));
  }
}

/** A channel whose errors are heard: one that nobody hears ends the process. */
function watched<C extends Channel>(amqp: C): AmqpChannel<C> {
  let error: Error | undefined;
  amqp.on('error', (first) => {
    error ??= first;
  });
  return {
    amqp,
    close: () => {
      // One that is closed already says so by an error.
      void Promise.resolve()
        .then(() => amqp.close())
        .catch(() => undefined);
    },
    gone: new Promise((resolve) => {
      amqp.on('close', () => {
        resolve(error);
      });
    }),
  };
}

// One connection to a Redis server: opened once and lost once. Whether to open another is the business of its owner.
import { Redis, type RedisOptions } from 'ioredis';
import { knownName } from '../name-lookup.js';
import type { NamedServer } from '../reasons.js';
import { isFatal, reasonOf, replyCode } from './reasons.js';
import { Fault, within } from '../fault.js';

/** Milliseconds until TCP, and TLS on it, must stand. */
const CONNECT_LIMIT = 2_000;
/** Milliseconds that a command may take. */
export const COMMAND_LIMIT = 5_000;

export interface ConnectionPlan {
  readonly server: NamedServer;
  /** Host and port, or path; and TLS. */
  readonly socket: Pick<RedisOptions, 'host' | 'port' | 'path' | 'tls'>;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly db: number;
}

export interface Connection {
  readonly client: Redis;
  /** For another one like it. */
  readonly plan: ConnectionPlan;
  readonly server: NamedServer;
  /** Fulfilled, with the reason, when the connection is gone; also after `close`. */
  readonly lost: Promise<Fault>;
  /** Aborted at the same time: for what is short beside it, and must leave nothing behind on it. */
  readonly gone: AbortSignal;
  /** Fulfilled when its socket is closed: within about 100 ms, whatever the other side does. */
  close(): Promise<void>;
}

/** Connects and logs in; gives up when the signal aborts. Rejects with a Fault and leaves nothing open then. */
export async function connect(plan: ConnectionPlan, signal: AbortSignal): Promise<Connection> {
  const { server, socket, username, password, db } = plan;
  const client = new Redis({
    ...socket,
    lazyConnect: true,
    // RESP 3 begins with HELLO, which older servers lack and restricted users may not send.
    protocol: 2,
    // Without these three the client sends INFO and CLIENT, and prints to the console where they are denied.
    enableReadyCheck: false,
    disableClientInfo: true,
    connectionName: '',
    // No hidden retries: a command fails at once when the connection is gone.
    retryStrategy: null,
    enableOfflineQueue: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: null,
    connectTimeout: CONNECT_LIMIT,
    disconnectTimeout: 100,
    keepAlive: 10_000,
  });
  let error: Error | undefined;
  client.on('error', (first: Error) => {
    error ??= first;
  });
  const gone = new AbortController();
  const lost = new Promise<Fault>((resolve) => {
    client.once('end', () => {
      gone.abort();
      resolve(new Fault(reasonOf(error ?? new Error('Connection is closed.'), server)));
    });
  });
  const close = async (): Promise<void> => {
    if (client.status !== 'end') client.disconnect();
    await lost;
  };
  const onAbort = (): void => void close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (socket.host !== undefined) await knownName(socket.host, server.where, signal);
    if (signal.aborted) throw new Fault('stopped');
    await client.connect();
    const speech = limitSpeech(client, server);
    try {
      await within(
        COMMAND_LIMIT,
        `${server.where} accepts the connection and then does not answer`,
        Promise.race([logIn(client, username, password, db), speech.tooMuch]),
      );
    } finally {
      speech.end();
    }
    return { client, plan, server, lost, gone: gone.signal, close };
  } catch (failure) {
    const cause = failure instanceof Fault ? failure : (error ?? failure);
    // What a TLS port does to plain text.
    const hint =
      !server.tls && /ECONNRESET|Connection is closed/.test(String(cause))
        ? ' before it answered; if it wants TLS, use rediss://'
        : '';
    await close();
    throw new Fault(reasonOf(cause, server) + hint);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** More bytes than the answers to a login have. */
const MOST_LOGIN_BYTES = 64 * 1024;

/**
 * A server of another kind may answer with bytes without end, which the client would keep: whoever says more than this
 * before we are logged in is no Redis.
 */
function limitSpeech({ stream }: Redis, { where }: NamedServer): { readonly tooMuch: Promise<never>; end: () => void } {
  let bytes = 0;
  let onData: (chunk: Buffer) => void = () => undefined;
  const tooMuch = new Promise<never>((_resolve, reject) => {
    onData = (chunk) => {
      bytes += chunk.length;
      if (bytes <= MOST_LOGIN_BYTES) return;
      stream.off('data', onData);
      const fault = new Fault(`${where} does not speak the protocol of Redis: it says more than any answer has`);
      stream.destroy(fault);
      reject(fault);
    };
  });
  tooMuch.catch(() => undefined);
  stream.on('data', onData);
  return {
    tooMuch,
    end: () => {
      stream.off('data', onData);
    },
  };
}

async function logIn(
  client: Redis,
  username: string | undefined,
  password: string | undefined,
  db: number,
): Promise<void> {
  const steps: Promise<unknown>[] = [];
  if (username !== undefined || password !== undefined) steps.push(authenticate(client, username, password ?? ''));
  if (db !== 0) steps.push(client.select(db));
  // For people who look at CLIENT LIST; a user who may not say its name works without it.
  steps.push(
    client.client('SETNAME', 'celery-exporter').catch((error: unknown) => {
      if (replyCode(error) !== 'NOPERM' && !/unknown (?:sub)?command/i.test(String(error))) throw error;
    }),
  );
  await Promise.all(steps);
}

async function authenticate(client: Redis, username: string | undefined, password: string): Promise<void> {
  try {
    await (username === undefined ? client.auth(password) : client.auth(username, password));
  } catch (error) {
    const text = String(error);
    // Redis before version 6 knows no users: kombu tries the password alone then.
    if (username !== undefined && /wrong number of arguments/i.test(text))
      return authenticate(client, undefined, password);
    // The server wants no password: more than enough was given.
    if (/no password is set|without any password configured/i.test(text)) return;
    throw error;
  }
}

/** A command for ioredis' pipeline: its method's name and arguments. */
export type Command = readonly [method: string, ...args: readonly (string | number)[]];

/**
 * Sends the commands in one write and gives their answers in order: the value, or the error reply to that one command.
 * Rejects with a Fault when the connection is gone, the time is over, or a reply says that the server is no working
 * master.
 */
export async function askAll(
  { client, server }: Connection,
  what: string,
  commands: readonly Command[],
  limit = COMMAND_LIMIT,
): Promise<readonly unknown[]> {
  if (commands.length === 0) return [];
  const sent = client.pipeline(commands.map((command) => [...command])).exec();
  const answers = await within(
    limit,
    `${server.where} has not answered ${what} within ${String(limit / 1000)} s`,
    sent,
  );
  return (answers ?? []).map(([error, value]) => {
    if (error === null) return value;
    if (isFatal(error)) throw new Fault(reasonOf(error, server));
    return error;
  });
}

/**
 * What an error reply means, naming the rights that a user without permission needs. `rights` is written as in ACL
 * SETUSER.
 */
export function denial(error: unknown, connection: Connection, rights: string): Fault {
  const { server } = connection;
  return replyCode(error) === 'NOPERM'
    ? new Fault(`${server.where} denies permission: its user needs ${rights} (Redis ACL)`)
    : new Fault(reasonOf(error, server));
}

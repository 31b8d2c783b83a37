// A real redis-server that keeps nothing on disk, with the ways of reaching it that Celery and ioredis know.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Broker } from '../celery/environment.js';
import { type Certificates, createCertificates } from '../tls/certificates.js';
import { freePort } from '../processes/free-port.js';
import type { Processes } from '../processes/processes.js';
import type { ManagedProcess, ProcessExit } from '../processes/managed-process.js';
import { runCommand } from '../processes/run-command.js';

export interface RedisOptions {
  /** A port of the caller's choice; else a free one. Either way the server keeps it over `stop()` and `restart()`. */
  readonly port?: number | undefined;
  /** The default user's password. */
  readonly password?: string | undefined;
  /** The database that the URLs name. */
  readonly database?: number | undefined;
  /** TLS only, with certificates of this server's own; `clientCertificate` refuses clients without one. */
  readonly tls?: boolean | { readonly clientCertificate: boolean } | undefined;
  /** Listens on a unix socket and on no port. */
  readonly unixSocket?: boolean | undefined;
  /** ACL lines without the word "user": `watcher on >secret ~* &* +@all`. */
  readonly users?: readonly string[] | undefined;
  readonly replicaOf?: { readonly host: string; readonly port: number } | undefined;
  /** More arguments, last, so that they win: `['--appendonly', 'yes']` keeps messages over a restart. */
  readonly args?: readonly string[] | undefined;
}

/** As ioredis's constructor takes it. */
export interface RedisConnection {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly db: number;
  readonly password?: string;
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

export interface RedisServer extends Broker {
  /** The plain URL, password included: `redis://…`, `rediss://…` or `redis+socket://…?virtual_host=…`. */
  readonly url: string;
  readonly host: string;
  /** 0 for a server on a unix socket. */
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly certificates: Certificates | undefined;
  readonly connection: RedisConnection;
  /** The running process, or the last one. */
  readonly process: ManagedProcess;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<ProcessExit>;
  /** SIGKILL: connections drop without a goodbye. */
  kill(): Promise<ProcessExit>;
  /** Starts it again at the same address, stopping it first if it runs. Its data are gone unless `args` keep them. */
  restart(): Promise<void>;
  /** Runs redis-cli against it: `cli('LLEN', 'celery')`. Throws when Redis answers with an error. */
  cli(...args: string[]): Promise<string>;
}

const HOST = '127.0.0.1';
const READY_WITHIN = 20_000;
const REFUSED_BUT_THERE = /NOAUTH|NOPERM|WRONGPASS/;
const PORT_TAKEN = /Address already in use/;

export async function startRedis(processes: Processes, options: RedisOptions = {}): Promise<RedisServer> {
  for (let attempt = 1; ; attempt += 1) {
    const server = await describeServer(processes, options);
    try {
      const started = await run(processes, server);
      return new StartedRedis(processes, server, started);
    } catch (error) {
      // Somebody was quicker to take the port that we had found free.
      if (options.port !== undefined || attempt === 5 || !PORT_TAKEN.test((error as Error).message)) throw error;
    }
  }
}

interface Description {
  readonly name: string;
  readonly folder: string;
  readonly port: number;
  readonly args: readonly string[];
  readonly url: string;
  readonly celeryUrl: string;
  readonly socketPath: string | undefined;
  readonly certificates: Certificates | undefined;
  readonly connection: RedisConnection;
  readonly password: string | undefined;
}

async function describeServer(processes: Processes, options: RedisOptions): Promise<Description> {
  const number = processes.next();
  const folder = processes.subfolder(`redis-${number}`);
  const { password, database = 0, replicaOf } = options;
  const certificates = options.tls ? await createCertificates(folder) : undefined;
  const clientCertificate = typeof options.tls === 'object' && options.tls.clientCertificate;
  const socketPath = options.unixSocket ? join(folder, 'redis.sock') : undefined;
  const port = socketPath ? 0 : (options.port ?? (await freePort()));
  const configuration = join(folder, 'redis.conf');
  await writeFile(configuration, (options.users ?? []).map((user) => `user ${user}\n`).join(''));

  const args = [
    configuration,
    '--bind',
    HOST,
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
    '--repl-diskless-sync-delay',
    '0',
  ];
  args.push(certificates ? '--tls-port' : '--port', String(port));
  if (socketPath) args.push('--unixsocket', socketPath);
  if (password !== undefined) args.push('--requirepass', password, '--masterauth', password);
  if (replicaOf) args.push('--replicaof', replicaOf.host, String(replicaOf.port));
  if (certificates) {
    args.push('--port', '0', '--tls-ca-cert-file', certificates.ca, '--tls-cert-file', certificates.serverCertificate);
    args.push('--tls-key-file', certificates.serverKey, '--tls-auth-clients', clientCertificate ? 'yes' : 'optional');
  }
  args.push(...(options.args ?? []));

  const login = password === undefined ? '' : `:${encodeURIComponent(password)}@`;
  const scheme = certificates ? 'rediss' : 'redis';
  const url = socketPath
    ? `redis+socket://${login}${socketPath}?virtual_host=${database}`
    : `${scheme}://${login}${HOST}:${port}/${database}`;
  return {
    name: `redis ${number}`,
    folder,
    port,
    args,
    url,
    celeryUrl: certificates ? `${url}?${certificateQuery(certificates)}` : url,
    socketPath,
    certificates,
    connection: {
      ...(socketPath ? { path: socketPath } : { host: HOST, port }),
      db: database,
      ...(password !== undefined && { password }),
      ...(certificates && { tls: await readCertificates(certificates) }),
    },
    password,
  };
}

function certificateQuery(certificates: Certificates): string {
  const { ca, clientCertificate, clientKey } = certificates;
  return new URLSearchParams({
    ssl_cert_reqs: 'required',
    ssl_ca_certs: ca,
    ssl_certfile: clientCertificate,
    ssl_keyfile: clientKey,
  }).toString();
}

async function readCertificates(certificates: Certificates): Promise<{ ca: string; cert: string; key: string }> {
  const { ca, clientCertificate, clientKey } = certificates;
  const [caText, cert, key] = await Promise.all([
    readFile(ca, 'utf8'),
    readFile(clientCertificate, 'utf8'),
    readFile(clientKey, 'utf8'),
  ]);
  return { ca: caText, cert, key };
}

async function run(processes: Processes, server: Description): Promise<ManagedProcess> {
  const started = await processes.start({
    name: server.name,
    command: 'redis-server',
    args: server.args,
    cwd: server.folder,
  });
  const answers = async (): Promise<boolean> => {
    try {
      return (await redisCli(server, ['PING'])) === 'PONG';
    } catch (error) {
      if (REFUSED_BUT_THERE.test((error as Error).message)) return true;
      throw error;
    }
  };
  // A stranger on the same port would answer too: the process must be ours and say that it listens.
  await started.ready(
    async () => /Ready to accept connections|The server is now ready/.test(started.output()) && (await answers()),
    { within: READY_WITHIN },
  );
  return started;
}

function redisCli(server: Description, args: readonly string[]): Promise<string> {
  const where = server.socketPath ? ['-s', server.socketPath] : ['-h', HOST, '-p', String(server.port)];
  const { certificates } = server;
  const tls = certificates
    ? ['--tls', '--cacert', certificates.ca, '--cert', certificates.clientCertificate, '--key', certificates.clientKey]
    : [];
  const env = server.password === undefined ? {} : { REDISCLI_AUTH: server.password };
  return runCommand('redis-cli', ['-e', ...where, ...tls, '-n', String(server.connection.db), ...args], { env });
}

class StartedRedis implements RedisServer {
  readonly host = HOST;
  readonly url: string;
  readonly celeryUrl: string;
  readonly port: number;
  readonly socketPath: string | undefined;
  readonly certificates: Certificates | undefined;
  readonly connection: RedisConnection;
  readonly #processes: Processes;
  readonly #server: Description;
  #process: ManagedProcess;

  constructor(processes: Processes, server: Description, started: ManagedProcess) {
    this.#processes = processes;
    this.#server = server;
    this.#process = started;
    ({
      url: this.url,
      celeryUrl: this.celeryUrl,
      port: this.port,
      socketPath: this.socketPath,
      certificates: this.certificates,
      connection: this.connection,
    } = server);
  }

  get process(): ManagedProcess {
    return this.#process;
  }

  stop(): Promise<ProcessExit> {
    return this.#process.stop();
  }

  kill(): Promise<ProcessExit> {
    return this.#process.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#process = await run(this.#processes, this.#server);
  }

  cli(...args: string[]): Promise<string> {
    return redisCli(this.#server, args);
  }
}

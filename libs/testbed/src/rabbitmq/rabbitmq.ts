// A real rabbitmq-server in a folder of its own, with the ways of reaching it that Celery and amqplib know.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Broker } from '../celery/environment.js';
import { answersAmqp } from './amqp-greeting.js';
import { ErlangShell } from './erlang-shell.js';
import { HOST, type RabbitmqUser, type ServerFiles, writeServerFiles } from './files.js';
import { RabbitmqManagement } from './management.js';
import { freePort } from '../processes/free-port.js';
import type { ManagedProcess, ProcessExit } from '../processes/managed-process.js';
import type { Processes } from '../processes/processes.js';
import { type Certificates, createCertificates } from '../tls/certificates.js';

export interface RabbitmqOptions {
  /** A port of the caller's choice; else a free one. Either way the server keeps it over `stop()` and `restart()`. */
  readonly port?: number | undefined;
  /** The user that the URLs name, an administrator with all rights. Default guest. */
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  /** The virtual host that the URLs name. Default `/`. */
  readonly vhost?: string | undefined;
  readonly moreVhosts?: readonly string[] | undefined;
  /** Users besides, with no right but what is said. */
  readonly users?: readonly RabbitmqUser[] | undefined;
  /** TLS only, with certificates of this server's own; `clientCertificate` refuses clients without one. */
  readonly tls?: boolean | { readonly clientCertificate: boolean } | undefined;
  /** The management API, on a port of its own; it makes the start two seconds longer, and a clean stop five. */
  readonly management?: boolean | undefined;
  readonly managementPort?: number | undefined;
  readonly plugins?: readonly string[] | undefined;
  /** More lines of rabbitmq.conf: `deprecated_features.permit.transient_nonexcl_queues = false`. */
  readonly config?: readonly string[] | undefined;
  /** How many cores it may use. Default 1. */
  readonly cores?: number | undefined;
  /** The start script of another version; default is the variable RABBITMQ_SERVER, and else Debian's. */
  readonly server?: string | undefined;
}

/** The parts of the address, as amqplib's `connect` takes them but for `vhost`, which it wants escaped. */
export interface RabbitmqConnection {
  readonly protocol: 'amqp' | 'amqps';
  readonly hostname: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
}

export interface RabbitmqServer extends Broker {
  /** The plain URL, login and virtual host included: `amqp://…` or `amqps://…`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly vhost: string;
  readonly certificates: Certificates | undefined;
  readonly connection: RabbitmqConnection;
  /** The management API; throws when the server was started without it. */
  readonly management: RabbitmqManagement;
  /** The running process, or the last one. */
  readonly process: ManagedProcess;
  /** SIGTERM, and waits for the end; SIGKILL when it takes longer than `within` milliseconds. */
  stop(options?: { readonly within?: number | undefined }): Promise<ProcessExit>;
  /** SIGKILL: connections drop without a goodbye. */
  kill(): Promise<ProcessExit>;
  /** Starts it again at the same address, stopping it first if it runs. What is durable is still there. */
  restart(): Promise<void>;
  /** The URL for another user or another virtual host. */
  urlFor(login: { readonly user?: string; readonly password?: string; readonly vhost?: string }): string;
  /** Raises or clears the alarm that memory is short: publishers are blocked, and told so (connection.blocked). */
  memoryAlarm(raised: boolean): Promise<void>;
  /** Evaluates an Erlang expression in the server itself, and gives what it prints as: `evaluate('1 + 1.')` is `2`. */
  evaluate(expression: string): Promise<string>;
  /** What it has logged so far. */
  log(): Promise<string>;
}

/** Debian's, or the one that the environment names. `rabbitmq-server` on the PATH changes to a user of its own. */
export const RABBITMQ_SERVER = process.env['RABBITMQ_SERVER'] ?? '/usr/lib/rabbitmq/bin/rabbitmq-server';
const READY_WITHIN = 90_000;
const SHOWN_LINES = 12;
const PORT_TAKEN = /eaddrinuse/;
const STARTED = 'Server startup complete';

export async function startRabbitmq(processes: Processes, options: RabbitmqOptions = {}): Promise<RabbitmqServer> {
  for (let attempt = 1; ; attempt += 1) {
    const server = await describeServer(processes, options);
    try {
      await writeServerFiles(server);
      return new StartedRabbitmq(processes, server, await run(processes, server));
    } catch (error) {
      // Somebody was quicker to take a port that we had found free.
      if (options.port !== undefined || attempt === 5 || !PORT_TAKEN.test((error as Error).message)) throw error;
    }
  }
}

interface Description extends ServerFiles {
  readonly name: string;
  readonly script: string;
  readonly distributionPort: number;
  readonly cores: number;
  readonly vhost: string;
  readonly user: string;
  readonly password: string;
}

async function describeServer(processes: Processes, options: RabbitmqOptions): Promise<Description> {
  const number = processes.next();
  const folder = processes.subfolder(`rabbitmq-${number}`);
  const { user = 'guest', password = 'guest', vhost = '/', management = false, moreVhosts = [] } = options;
  const all = { configure: '.*', write: '.*', read: '.*' };
  return {
    name: `rabbitmq ${number}`,
    folder,
    script: options.server ?? RABBITMQ_SERVER,
    cores: options.cores ?? 1,
    port: options.port ?? (await freePort()),
    distributionPort: await freePort(),
    managementPort: management ? (options.managementPort ?? (await freePort())) : undefined,
    certificates: options.tls ? await createCertificates(folder) : undefined,
    clientCertificate: typeof options.tls === 'object' && options.tls.clientCertificate,
    vhost,
    user,
    password,
    vhosts: [vhost, ...moreVhosts],
    users: [
      ...[vhost, ...moreVhosts].map((name) => ({ name: user, password, tags: ['administrator'], vhost: name, ...all })),
      ...(options.users ?? []),
    ],
    plugins: [...(management ? ['rabbitmq_management'] : []), ...(options.plugins ?? [])],
    config: options.config ?? [],
  };
}

async function run(processes: Processes, server: Description): Promise<ManagedProcess> {
  const before = (await readLog(server)).length;
  const started = await processes.start({
    name: server.name,
    command: server.script,
    cwd: server.folder,
    env: environment(server),
  });
  const ready = async (): Promise<boolean> => {
    // A stranger on the same port would answer too: the process must be ours and say that it listens.
    const said = (await readLog(server)).slice(before);
    return said.includes(STARTED) && (await answersAmqp(server.port, server.certificates));
  };
  try {
    await started.ready(ready, { within: READY_WITHIN });
  } catch (error) {
    await started.kill();
    throw new Error(`${(error as Error).message}\n${complaints(started.output())}`, { cause: error });
  }
  return started;
}

/** The cause of a failed start is the first thing that it complains of, a page before its last words. */
function complaints(output: string): string {
  const lines = output.split('\n').filter((line) => /\[error\]|ERROR|BOOT FAILED/.test(line));
  return `--- its first complaints ---\n${lines.slice(0, SHOWN_LINES).join('\n')}\n---`;
}

/** Everything of it in its own folder, and nothing of what RabbitMQ or Erlang find in our own environment. */
function environment(server: Description): Record<string, string | undefined> {
  const { folder } = server;
  const foreign = Object.keys(process.env).filter((name) => /^(RABBITMQ_|ERL_)/.test(name));
  return {
    ...Object.fromEntries(foreign.map((name) => [name, undefined])),
    HOME: folder,
    ERL_INETRC: join(folder, 'inetrc'),
    RABBITMQ_NODENAME: NODE,
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_LOG_BASE: folder,
    RABBITMQ_LOGS: logFile(server),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_DIST_PORT: String(server.distributionPort),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    // The script becomes the server itself, with an Erlang shell on its standard input.
    RABBITMQ_ALLOW_INPUT: 'true',
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: erlangArguments(server).join(' '),
  };
}

const NODE = 'rabbit@localhost';

/**
 * A node that is named at its start and knows its port itself needs no epmd, a daemon that would stay behind, and no
 * second Erlang that starts one: half of the time that a start takes.
 */
function erlangArguments({ cores, distributionPort: port }: Description): string[] {
  return [
    `-sname ${NODE} -start_epmd false -erl_epmd_port ${port}`,
    `-kernel inet_dist_listen_min ${port} inet_dist_listen_max ${port} inet_dist_use_interface {127,0,0,1}`,
    `-kernel shell_history disabled +S ${cores}:${cores}`,
  ];
}

function logFile(server: Description): string {
  return join(server.folder, 'rabbitmq.log');
}

async function readLog(server: Description): Promise<string> {
  return await readFile(logFile(server), 'utf8').catch(() => '');
}

class StartedRabbitmq implements RabbitmqServer {
  readonly host = HOST;
  readonly url: string;
  readonly celeryUrl: string;
  readonly settings: Readonly<Record<string, unknown>> | undefined;
  readonly port: number;
  readonly vhost: string;
  readonly certificates: Certificates | undefined;
  readonly connection: RabbitmqConnection;
  readonly #processes: Processes;
  readonly #server: Description;
  readonly #management: RabbitmqManagement | undefined;
  #process: ManagedProcess;
  #shell: ErlangShell;

  constructor(processes: Processes, server: Description, started: ManagedProcess) {
    this.#processes = processes;
    this.#server = server;
    this.#process = started;
    this.#shell = new ErlangShell(started);
    ({ port: this.port, vhost: this.vhost, certificates: this.certificates } = server);
    const { user: username, password, port, vhost, managementPort, certificates } = server;
    const protocol = certificates ? 'amqps' : 'amqp';
    this.connection = { protocol, hostname: HOST, port, username, password, vhost };
    this.url = this.urlFor({});
    this.celeryUrl = this.url;
    this.settings = certificates && { broker_use_ssl: tlsForCelery(certificates) };
    this.#management =
      managementPort === undefined
        ? undefined
        : new RabbitmqManagement(`http://${HOST}:${managementPort}`, { user: username, password }, vhost);
  }

  get process(): ManagedProcess {
    return this.#process;
  }

  get management(): RabbitmqManagement {
    if (!this.#management) throw new Error('this RabbitMQ was started without `management: true`');
    return this.#management;
  }

  stop(options?: { readonly within?: number | undefined }): Promise<ProcessExit> {
    return this.#process.stop(options);
  }

  kill(): Promise<ProcessExit> {
    return this.#process.kill();
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#process = await run(this.#processes, this.#server);
    this.#shell = new ErlangShell(this.#process);
  }

  urlFor(login: { readonly user?: string; readonly password?: string; readonly vhost?: string }): string {
    const { protocol, username, port } = this.connection;
    const { user = username, password = this.connection.password, vhost = this.vhost } = login;
    const [name, secret, host] = [user, password, vhost].map(encodeURIComponent);
    return `${protocol}://${name}:${secret}@${HOST}:${port}/${host}`;
  }

  async memoryAlarm(raised: boolean): Promise<void> {
    const alarm = `{resource_limit, memory, node()}`;
    await this.evaluate(raised ? `rabbit_alarm:set_alarm({${alarm}, []}).` : `rabbit_alarm:clear_alarm(${alarm}).`);
  }

  evaluate(expression: string): Promise<string> {
    return this.#shell.evaluate(expression);
  }

  log(): Promise<string> {
    return readLog(this.#server);
  }
}

/** As py-amqp takes it; no host name is checked where none is said. */
function tlsForCelery(certificates: Certificates): Record<string, unknown> {
  const { ca, clientCertificate, clientKey } = certificates;
  // 2 is Python's ssl.CERT_REQUIRED, which JSON cannot name.
  return { ca_certs: ca, certfile: clientCertificate, keyfile: clientKey, cert_reqs: 2 };
}

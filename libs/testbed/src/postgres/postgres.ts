// A real PostgreSQL server in a folder of its own, with fresh databases for each test, and a second server that follows
// the first and can take over.
import { chmod, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import pg from 'pg';

import { freePort } from '../processes/free-port.js';
import type { ManagedProcess, ProcessExit } from '../processes/managed-process.js';
import { familyOf } from '../processes/process-usage.js';
import type { Processes } from '../processes/processes.js';
import { freeMemory } from '../processes/reaper.js';
import { waitFor } from '../processes/wait-for.js';
import { type Certificates, createCertificates } from '../tls/certificates.js';
import { dataFolder, HOST, type ServerFiles, SUPERUSER, writeServerFiles } from './data-folder.js';
import { postgresProgram, serverUser } from './programs.js';

export interface PostgresOptions {
  /** A port of the caller's choice; else a free one. Either way the server keeps it over `stop()` and `restart()`. */
  readonly port?: number | undefined;
  /** The owner of the databases, whom the URLs name; no superuser. Default `relay`. */
  readonly user?: string | undefined;
  /** Without one the server asks for none. */
  readonly password?: string | undefined;
  /** TLS only, with certificates of this server's own; `clientCertificate` refuses clients without one. */
  readonly tls?: boolean | { readonly clientCertificate: boolean } | undefined;
  /** Whether commits wait for the disk, as in production; only a machine that loses power shows the difference. */
  readonly fsync?: boolean | undefined;
  /** More lines of postgresql.conf, last, so that they win: `max_connections = 20`. */
  readonly config?: readonly string[] | undefined;
  /** The folder of another server's programs; default is the variable POSTGRES_BIN, and else Debian's newest. */
  readonly bin?: string | undefined;
}

export interface PostgresDatabase {
  readonly name: string;
  /** `postgres://…`, login and what TLS needs included. */
  readonly url: string;
  /** As its owner, on a connection of its own. */
  readonly query: <Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]) => Promise<Row[]>;
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  /** Where its unix socket lies. */
  readonly folder: string;
  readonly certificates: Certificates | undefined;
  /** The running process, or the last one. */
  readonly process: ManagedProcess;
  /** A fresh, empty database. */
  database(): Promise<PostgresDatabase>;
  /** The URL of any database, for another login or by the way of another port. */
  urlFor(database: string, login?: PostgresLogin): string;
  /** As the superuser. */
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Ends every connection and stops cleanly. */
  stop(): Promise<ProcessExit>;
  /** SIGKILL to all of its processes: connections drop without a goodbye. */
  kill(): Promise<ProcessExit>;
  /** Starts it again at the same address, stopping it first if it runs. */
  restart(): Promise<void>;
  /** SIGSTOP: connections stay and nothing answers, until `resume()`. */
  pause(): Promise<void>;
  resume(): void;
  /**
   * A second server that follows this one and can be read. Where it is `synchronous`, each commit from now on waits
   * until the second has it too, and one that was answered outlives the first.
   */
  standby(options?: { readonly synchronous?: boolean | undefined }): Promise<PostgresStandby>;
}

export interface PostgresStandby extends PostgresServer {
  /** Waits until it has all that the first server has now. */
  caughtUp(): Promise<void>;
  /** Makes it a server of its own that takes writes. */
  promote(): Promise<void>;
}

export interface PostgresLogin {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

const READY_WITHIN = 60_000;
const CAUGHT_UP_WITHIN = 30_000;
const READY = /database system is ready to accept (read-only )?connections/;
const PORT_TAKEN = /could not bind .*: Address already in use/;

interface Description extends ServerFiles {
  readonly name: string;
  readonly user: string;
}

export async function startPostgres(processes: Processes, options: PostgresOptions = {}): Promise<PostgresServer> {
  const server = await start(processes, options, undefined);
  const { password, user } = server.description;
  const secret = password === undefined ? '' : ` PASSWORD ${pg.escapeLiteral(password)}`;
  await server.query(`CREATE ROLE ${pg.escapeIdentifier(user)} LOGIN${secret}`);
  return server;
}

async function start(
  processes: Processes,
  options: PostgresOptions,
  first: StartedPostgres | undefined,
): Promise<StartedPostgres> {
  for (let attempt = 1; ; attempt += 1) {
    const server = await describeServer(processes, options, first);
    await writeServerFiles(server);
    try {
      return new StartedPostgres(processes, options, server, await run(processes, server), first);
    } catch (error) {
      // Somebody was quicker to take the port that we had found free.
      if (options.port !== undefined || attempt === 5 || !PORT_TAKEN.test((error as Error).message)) throw error;
    }
  }
}

async function describeServer(
  processes: Processes,
  options: PostgresOptions,
  first: StartedPostgres | undefined,
): Promise<Description> {
  const number = processes.next();
  const name = `postgres-${number}`;
  const folder = processes.subfolder(name);
  const runsAs = serverUser();
  // The server's user must come through to its own folder, and sees nothing else.
  if (runsAs) await chmod(processes.folder, 0o711);
  return {
    name: `postgres ${number}`,
    folder,
    bin: options.bin,
    runsAs,
    port: options.port ?? (await freePort()),
    user: options.user ?? 'relay',
    password: options.password,
    certificates: options.tls ? await createCertificates(folder) : undefined,
    clientCertificate: typeof options.tls === 'object' && options.tls.clientCertificate,
    fsync: options.fsync ?? false,
    config: options.config ?? [],
    follows: first && { folder: first.folder, port: first.port, name },
  };
}

async function run(processes: Processes, server: Description): Promise<ManagedProcess> {
  const data = dataFolder(server);
  const started = await processes.start({
    name: server.name,
    command: postgresProgram('postgres', server.bin),
    args: ['-D', data],
    cwd: server.folder,
    env: withoutClientSettings(),
    ...server.runsAs,
    // The fast way: SIGTERM would wait for clients to leave.
    stopSignal: 'SIGINT',
  });
  await started.ready(() => READY.test(started.output()), { within: READY_WITHIN });
  const memory = await sharedMemory(data);
  processes.reaper.addMemory(memory);
  void started.exited.then(() => {
    processes.reaper.removeMemory(memory);
    // A server that was killed leaves a segment of shared memory, which no process owns.
    freeMemory(memory);
  });
  return started;
}

/** The number of its segment of shared memory stands in the seventh line of its pid file, behind the key. */
async function sharedMemory(data: string): Promise<number> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
  return Number(lines[6]?.trim().split(/\s+/)[1]);
}

/** PGHOST, PGUSER and the like of whoever runs the tests. */
function withoutClientSettings(): Record<string, string | undefined> {
  const foreign = Object.keys(process.env).filter((name) => name.startsWith('PG'));
  return { ...Object.fromEntries(foreign.map((name) => [name, undefined])), LC_ALL: 'C' };
}

class StartedPostgres implements PostgresStandby {
  readonly host = HOST;
  readonly description: Description;
  readonly #processes: Processes;
  readonly #options: PostgresOptions;
  readonly #first: StartedPostgres | undefined;
  #process: ManagedProcess;
  #paused: readonly number[] = [];

  constructor(
    processes: Processes,
    options: PostgresOptions,
    description: Description,
    started: ManagedProcess,
    first: StartedPostgres | undefined,
  ) {
    this.description = description;
    this.#processes = processes;
    this.#options = options;
    this.#process = started;
    this.#first = first;
  }

  get port(): number {
    return this.description.port;
  }

  get folder(): string {
    return this.description.folder;
  }

  get certificates(): Certificates | undefined {
    return this.description.certificates;
  }

  get process(): ManagedProcess {
    return this.#process;
  }

  async database(): Promise<PostgresDatabase> {
    const { password, user } = this.description;
    const name = `bed_${this.#processes.next()}`;
    await this.query(`CREATE DATABASE ${name} OWNER ${pg.escapeIdentifier(user)}`);
    const login = { host: this.folder, port: this.port, user, password, database: name };
    return { name, url: this.urlFor(name), query: (text, values) => queryOnce(login, text, values) };
  }

  urlFor(database: string, login: PostgresLogin = {}): string {
    const { certificates, clientCertificate, port } = this.description;
    const { user = this.description.user, password = this.description.password } = login;
    const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
    const query = new URLSearchParams(
      certificates && {
        sslmode: 'verify-full',
        sslrootcert: certificates.ca,
        ...(clientCertificate && { sslcert: certificates.clientCertificate, sslkey: certificates.clientKey }),
      },
    ).toString();
    const server = `${login.host ?? HOST}:${login.port ?? port}`;
    return `postgres://${encodeURIComponent(user)}${secret}@${server}/${database}${query && `?${query}`}`;
  }

  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    const login = { host: this.folder, port: this.port, user: SUPERUSER, database: 'postgres' };
    return queryOnce<Row>(login, text, values);
  }

  stop(): Promise<ProcessExit> {
    this.resume();
    return this.#process.stop();
  }

  async kill(): Promise<ProcessExit> {
    // Its children are groups of their own, and a stopped one would not notice that the server is gone.
    const family = this.#process.running ? await familyOf(this.#process.pid) : [];
    for (const pid of family) signal(pid, 'SIGKILL');
    this.resume();
    return await this.#process.exited;
  }

  async restart(): Promise<void> {
    await this.stop();
    this.#process = await run(this.#processes, this.description);
  }

  async pause(): Promise<void> {
    const { pid } = this.#process;
    // First the server itself, which then starts no more children.
    signal(pid, 'SIGSTOP');
    this.#paused = await familyOf(pid);
    for (const child of this.#paused.slice(1)) {
      signal(child, 'SIGSTOP');
      this.#processes.reaper.add(child);
    }
  }

  resume(): void {
    for (const pid of this.#paused) {
      signal(pid, 'SIGCONT');
      if (pid !== this.#process.pid) this.#processes.reaper.remove(pid);
    }
    this.#paused = [];
  }

  async standby(options: { readonly synchronous?: boolean | undefined } = {}): Promise<PostgresStandby> {
    const second = await start(this.#processes, { ...this.#options, port: undefined }, this);
    await second.caughtUp();
    if (options.synchronous) {
      await this.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
      await this.query('SELECT pg_reload_conf()');
      await waitFor(
        async () => (await this.query(`SELECT FROM pg_stat_replication WHERE sync_state = 'sync'`)).length,
        {
          within: CAUGHT_UP_WITHIN,
          what: 'commits wait for the second server',
        },
      );
    }
    return second;
  }

  async caughtUp(): Promise<void> {
    if (!this.#first) throw new Error('this server follows none');
    const [wanted] = await this.#first.query<{ at: string }>('SELECT pg_current_wal_lsn()::text AS at');
    const behind = 'SELECT FROM pg_last_wal_replay_lsn() AS replayed WHERE replayed >= $1::pg_lsn';
    await waitFor(async () => (await this.query(behind, [wanted?.at])).length, {
      within: CAUGHT_UP_WITHIN,
      what: 'the second server has all that the first has',
    });
  }

  async promote(): Promise<void> {
    // Copied from the first server with all else: nobody follows this one, so its commits must not wait.
    await this.query('ALTER SYSTEM RESET synchronous_standby_names').catch(() => undefined);
    const [answer] = await this.query<{ promoted: boolean }>('SELECT pg_promote() AS promoted');
    if (!answer?.promoted) throw new Error(`the second server did not take over\n${this.#process.lastLines()}`);
  }
}

async function queryOnce<Row extends pg.QueryResultRow>(
  login: pg.ClientConfig,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client(login);
  // A server that goes away between two answers is told of by the next one.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Nothing to say to what has ended meanwhile. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

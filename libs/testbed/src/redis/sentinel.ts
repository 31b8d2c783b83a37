// A Redis master with one replica, watched by real Sentinels that promote the replica within seconds of the master's
// death.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Broker } from '../celery/environment.js';
import { freePort } from '../processes/free-port.js';
import type { Processes } from '../processes/processes.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import { type RedisServer, startRedis } from './redis.js';
import { runCommand } from '../processes/run-command.js';
import { waitFor } from '../processes/wait-for.js';

export interface SentinelOptions {
  /** How many Sentinels; one decides alone. Default 3. */
  readonly sentinels?: 1 | 3 | undefined;
  readonly masterName?: string | undefined;
  /** Password of master and replica. */
  readonly password?: string | undefined;
  /** Password of the Sentinels themselves. */
  readonly sentinelPassword?: string | undefined;
  readonly database?: number | undefined;
  readonly downAfterMilliseconds?: number | undefined;
}

export interface SentinelNode {
  readonly port: number;
  readonly process: ManagedProcess;
}

export interface SentinelSetup extends Broker {
  /** As `celeryUrl`: all Sentinels, separated by semicolons. */
  readonly url: string;
  readonly transportOptions: Readonly<Record<string, unknown>>;
  readonly masterName: string;
  readonly master: RedisServer;
  readonly replica: RedisServer;
  readonly sentinels: readonly SentinelNode[];
  /** The server that the Sentinels name now. */
  currentMaster(): Promise<RedisServer>;
  /** Kills the current master and waits until every Sentinel names the other one and it takes writes. */
  failover(): Promise<RedisServer>;
}

const HOST = '127.0.0.1';
const READY_WITHIN = 60_000;
const FAILOVER_WITHIN = 60_000;

export async function startSentinel(processes: Processes, options: SentinelOptions = {}): Promise<SentinelSetup> {
  const { masterName = 'mymaster', password, database } = options;
  const master = await startRedis(processes, { password, database });
  const replica = await startRedis(processes, { password, database, replicaOf: master });
  await waitFor(async () => (await replica.cli('INFO', 'replication')).includes('master_link_status:up'), {
    within: READY_WITHIN,
    what: 'the replica follows its master',
  });
  const count = options.sentinels ?? 3;
  const nodes = await Promise.all(
    Array.from({ length: count }, () => startNode(processes, master.port, count, options)),
  );
  const ask = (node: SentinelNode, ...args: string[]): Promise<string> =>
    askSentinel(node, options.sentinelPassword, args);

  const knowEachOther = async (): Promise<boolean> => {
    const views = await Promise.all(nodes.map((node) => ask(node, 'SENTINEL', 'MASTER', masterName)));
    return views.every(
      (view) => field(view, 'num-slaves') === '1' && field(view, 'num-other-sentinels') === String(count - 1),
    );
  };
  await waitFor(knowEachOther, {
    within: READY_WITHIN,
    what: 'the Sentinels know the replica and each other',
    every: 100,
  });

  const masterPort = async (node: SentinelNode): Promise<number> =>
    Number((await ask(node, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName)).split('\n')[1]);
  const serverAt = (port: number): RedisServer => {
    const server = [master, replica].find((candidate) => candidate.port === port);
    if (!server) throw new Error(`the Sentinels name a master on port ${port}, which is none of ours`);
    return server;
  };
  const currentMaster = async (): Promise<RedisServer> => {
    const node = nodes.find((candidate) => candidate.process.running);
    if (!node) throw new Error('no Sentinel is running');
    return serverAt(await masterPort(node));
  };
  const url =
    nodes.map((node) => `sentinel://${loginOf(password)}${HOST}:${node.port}`).join(';') + `/${database ?? 0}`;
  return {
    url,
    celeryUrl: url,
    transportOptions: {
      master_name: masterName,
      ...(options.sentinelPassword !== undefined && { sentinel_kwargs: { password: options.sentinelPassword } }),
    },
    masterName,
    master,
    replica,
    sentinels: nodes,
    currentMaster,
    async failover() {
      const before = await currentMaster();
      await before.kill();
      const promoted = async (): Promise<RedisServer | false> => {
        const ports = await Promise.all(nodes.filter((node) => node.process.running).map(masterPort));
        const [port] = new Set(ports);
        if (port === undefined || ports.some((other) => other !== port) || port === before.port) return false;
        const next = serverAt(port);
        return (await next.cli('ROLE')).startsWith('master') && next;
      };
      return waitFor(promoted, { within: FAILOVER_WITHIN, what: 'the replica is promoted', every: 100 });
    },
  };
}

async function startNode(
  processes: Processes,
  masterPort: number,
  count: number,
  options: SentinelOptions,
): Promise<SentinelNode> {
  const { masterName = 'mymaster', password, sentinelPassword } = options;
  const number = processes.next();
  const folder = processes.subfolder(`sentinel-${number}`);
  const port = await freePort();
  const configuration = join(folder, 'sentinel.conf');
  // Sentinel rewrites this file: it is its memory.
  await writeFile(
    configuration,
    [
      `port ${port}`,
      `bind ${HOST}`,
      `dir ${folder}`,
      `sentinel monitor ${masterName} ${HOST} ${masterPort} ${count === 1 ? 1 : 2}`,
      `sentinel down-after-milliseconds ${masterName} ${options.downAfterMilliseconds ?? 1_000}`,
      `sentinel failover-timeout ${masterName} 5000`,
      ...(password === undefined ? [] : [`sentinel auth-pass ${masterName} ${password}`]),
      ...(sentinelPassword === undefined ? [] : [`requirepass ${sentinelPassword}`]),
      '',
    ].join('\n'),
  );
  const started = await processes.start({
    name: `sentinel ${number}`,
    command: 'redis-server',
    args: [configuration, '--sentinel'],
    cwd: folder,
  });
  const node = { port, process: started };
  await started.ready(async () => (await askSentinel(node, sentinelPassword, ['PING'])) === 'PONG', {
    within: READY_WITHIN,
  });
  return node;
}

function askSentinel(node: SentinelNode, password: string | undefined, args: readonly string[]): Promise<string> {
  const env = password === undefined ? {} : { REDISCLI_AUTH: password };
  return runCommand('redis-cli', ['-e', '-h', HOST, '-p', String(node.port), ...args], { env });
}

/** Sentinel answers with a name and its value on alternating lines. */
function field(view: string, name: string): string | undefined {
  const lines = view.split('\n');
  const at = lines.findIndex((line, index) => index % 2 === 0 && line === name);
  return at < 0 ? undefined : lines[at + 1];
}

function loginOf(password: string | undefined): string {
  return password === undefined ? '' : `:${encodeURIComponent(password)}@`;
}

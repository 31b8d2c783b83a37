// A real AlertManager, found by its name on the PATH, alone or as one of a cluster.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findProgram } from '../processes/find-program.js';
import { freePort } from '../processes/free-port.js';
import type { ManagedProcess } from '../processes/managed-process.js';
import type { Processes } from '../processes/processes.js';

export interface AlertmanagerOptions {
  /** Its alertmanager.yml. */
  readonly config: string;
  /** On 127.0.0.1. Default: a free one. */
  readonly port?: number | undefined;
  /** Makes it one of a cluster; `peer`: `host:port` of another one's gossip. Default: it is alone. */
  readonly cluster?: { readonly peer?: string | undefined } | undefined;
}

/** An alert as AlertManager's API takes it; one with `endsAt` in the past is resolved. */
export interface SentAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

/** An alert as AlertManager's API gives it. */
export interface HeldAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly inhibitedBy: readonly string[] };
}

export interface Alertmanager {
  readonly port: number;
  readonly process: ManagedProcess;
  /** `host:port` of its gossip; empty where it is alone. */
  readonly gossip: string;
  send(...alerts: readonly SentAlert[]): Promise<void>;
  alerts(signal?: AbortSignal): Promise<readonly HeldAlert[]>;
}

export async function startAlertmanager(processes: Processes, options: AlertmanagerOptions): Promise<Alertmanager> {
  const port = options.port ?? (await freePort());
  const gossip = options.cluster === undefined ? '' : `127.0.0.1:${await freePort()}`;
  const folder = path.join(processes.folder, `alertmanager-${port}`);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'alertmanager.yml'), options.config);
  const started = await processes.start({
    name: 'alertmanager',
    // Debian's name, and everybody else's.
    command: findProgram(['prometheus-alertmanager', 'alertmanager']),
    leaf: true,
    args: [
      `--config.file=${folder}/alertmanager.yml`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--web.external-url=http://localhost:${port}`,
      `--cluster.listen-address=${gossip}`,
      ...(options.cluster === undefined ? [] : CLUSTER),
      ...(options.cluster?.peer === undefined ? [] : [`--cluster.peer=${options.cluster.peer}`]),
    ],
  });
  const url = `http://127.0.0.1:${port}`;
  await started.ready(
    async () => (await fetch(`${url}/-/ready`)).ok && (gossip === '' || SETTLED.test(started.output())),
    { within: 60_000 },
  );
  return {
    port,
    process: started,
    gossip,
    send: async (...alerts) => {
      const response = await fetch(`${url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      });
      if (!response.ok) throw new Error(`AlertManager answered ${response.status}: ${await response.text()}`);
    },
    alerts: async (signal) => {
      const deadline = AbortSignal.timeout(20_000);
      const response = await fetch(`${url}/api/v2/alerts`, {
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
      });
      if (!response.ok) throw new Error(`AlertManager answered ${response.status}: ${await response.text()}`);
      return (await response.json()) as readonly HeldAlert[];
    },
  };
}

/** The second of a cluster does not wait for the first, and gossip lags: they post together. */
const CLUSTER = [
  '--cluster.peer-timeout=1ms',
  '--cluster.gossip-interval=30s',
  '--cluster.probe-interval=30s',
  '--cluster.settle-timeout=1s',
] as const;

/** Before it has settled it holds everything back, and then lets it go at a moment of its own. */
const SETTLED = /gossip settled|gossip not settled but continuing/;

// A real AlertManager for tests: in quick motion, posting to the relay, with alerts given to it as Prometheus gives
// them.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort, type ManagedProcess, type Testbed } from '@celery-watch/testbed';

export interface AlertmanagerOptions {
  /** Where it posts. */
  readonly webhook: string;
  /** A file with the bearer token that it sends. */
  readonly tokenFile?: string;
  readonly repeatInterval?: string;
  /** `host:port` of the other one's gossip. */
  readonly peer?: string;
}

export interface Alertmanager {
  readonly process: ManagedProcess;
  readonly gossip: string;
  /** Gives it alerts; one with `endsAt` in the past is resolved. */
  send(...alerts: readonly SentAlert[]): Promise<void>;
}

export interface SentAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export async function startAlertmanager(
  bed: Testbed,
  { webhook, tokenFile, repeatInterval = '1h', peer }: AlertmanagerOptions,
): Promise<Alertmanager> {
  const [port, gossipPort] = [await freePort(), await freePort()];
  const folder = path.join(bed.folder, `alertmanager-${port}`);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'alertmanager.yml');
  await writeFile(
    file,
    JSON.stringify({
      route: {
        receiver: 'relay.main',
        group_by: ['alertname'],
        group_wait: '0s',
        group_interval: '1s',
        repeat_interval: repeatInterval,
      },
      receivers: [
        {
          name: 'relay.main',
          webhook_configs: [
            {
              url: webhook,
              ...(tokenFile !== undefined && { http_config: { authorization: { credentials_file: tokenFile } } }),
            },
          ],
        },
      ],
    }),
  );
  const process = await bed.start({
    name: 'alertmanager',
    command: '/usr/bin/prometheus-alertmanager',
    leaf: true,
    args: [
      `--config.file=${file}`,
      `--storage.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      `--cluster.listen-address=127.0.0.1:${gossipPort}`,
      // The second of a cluster does not wait for the first, and gossip lags: they post together.
      '--cluster.peer-timeout=1ms',
      '--cluster.gossip-interval=30s',
      '--cluster.probe-interval=30s',
      '--cluster.settle-timeout=1s',
      ...(peer === undefined ? [] : [`--cluster.peer=${peer}`]),
    ],
  });
  // Before it has settled it holds everything back, and then lets it go at a moment of its own.
  await process.ready(
    async () =>
      (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok &&
      /gossip settled|gossip not settled but continuing/.test(process.output()),
    { within: 30_000 },
  );
  return {
    process,
    gossip: `127.0.0.1:${gossipPort}`,
    send: async (...alerts) => {
      const response = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(alerts),
      });
      if (!response.ok) throw new Error(`AlertManager answered ${response.status}: ${await response.text()}`);
    },
  };
}

/** A moment that lies some seconds away, as AlertManager writes it. */
export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

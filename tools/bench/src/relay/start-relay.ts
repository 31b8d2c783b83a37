// The relay as users run it, with webhook channels to given addresses.
import { freePort, type RunningRelay, type Testbed } from '@celery-watch/testbed';
import type { StorageSettings } from './stores.js';

export interface RelayStart {
  readonly storage: StorageSettings;
  /** The addresses of its channels. */
  readonly servers: readonly string[];
  /** Requests a minute that a channel may send; the default of the webhook channel if absent. */
  readonly perMinute?: number;
}

export interface BenchRelay extends RunningRelay {
  /** Another process on the same store and configuration, once this one has ended. */
  again(): Promise<BenchRelay>;
}

/** Logs as it does by default, so that what a line costs is measured too. */
export async function startRelay(bed: Testbed, { storage, servers, perMinute }: RelayStart): Promise<BenchRelay> {
  const port = await freePort();
  const names = servers.map((_, index) => `channel-${index}`);
  const file = await bed.relayConfig(
    {
      listen: `127.0.0.1:${port}`,
      storage,
      watchdog: 'none',
      route: { channels: names },
      channels: servers.map((url, index) => ({
        name: names[index],
        type: 'webhook',
        url,
        ...(perMinute !== undefined && { budget: { per_minute: perMinute, per_second: 1_000 } }),
      })),
    },
    `relay-${port}.yml`,
  );
  const start = async (): Promise<BenchRelay> => ({ ...(await bed.relay({ config: file })), again: start });
  return start();
}

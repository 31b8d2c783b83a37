// The relay as users run it, with webhook channels to given addresses.
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type ManagedProcess, type Testbed } from '@celery-watch/testbed';

const PROGRAM = fileURLToPath(new URL('../../../../apps/alert-relay/bin/alert-relay.js', import.meta.url));
const COMPILED = fileURLToPath(new URL('../../../../apps/alert-relay/dist/main.js', import.meta.url));

export interface RelayStart {
  /** The addresses of its channels. */
  readonly servers: readonly string[];
  /** Requests a minute that a channel may send; the default of the webhook channel if absent. */
  readonly perMinute?: number;
  readonly nodeOptions?: readonly string[];
}

export interface BenchRelay {
  readonly url: string;
  readonly process: ManagedProcess;
  /** Another process on the same store and configuration, once this one has ended. */
  again(): Promise<BenchRelay>;
}

/** Logs as it does by default, so that what a line costs is measured too. */
export async function startRelay(
  bed: Testbed,
  { servers, perMinute, nodeOptions = [] }: RelayStart,
): Promise<BenchRelay> {
  if (!existsSync(COMPILED)) throw new Error(`the relay is not built: ${COMPILED} is missing; run \`npm run build\``);
  const port = await freePort();
  const file = path.join(bed.folder, `relay-${port}.yml`);
  const names = servers.map((_, index) => `channel-${index}`);
  await writeFile(
    file,
    JSON.stringify({
      listen: `127.0.0.1:${port}`,
      storage: { path: path.join(bed.folder, `relay-${port}.db`) },
      watchdog: 'none',
      route: { channels: names },
      channels: servers.map((url, index) => ({
        name: names[index],
        type: 'webhook',
        url,
        ...(perMinute !== undefined && { budget: { per_minute: perMinute, per_second: 1_000 } }),
      })),
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<BenchRelay> => {
    const started = await bed.start({
      name: 'alert-relay',
      command: process.execPath,
      args: [...nodeOptions, PROGRAM, '--config', file],
      leaf: true,
    });
    await started.ready(async () => (await fetch(`${url}/readyz`)).ok, { within: 30_000 });
    return { url, process: started, again: start };
  };
  return start();
}

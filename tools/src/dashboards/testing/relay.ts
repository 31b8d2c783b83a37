// A real relay at work, with a channel for each fate of a message: delivered, slowed down by its budget, a server that
// is away, and one that knows no such address.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, type Testbed } from '@celery-watch/testbed';
import { stringify } from 'yaml';

const RELAY = fileURLToPath(new URL('../../../../apps/alert-relay/bin/alert-relay.js', import.meta.url));

export interface RelayAtWork {
  readonly url: string;
  /** Posts a new alert, and the watchdog. */
  post(): Promise<void>;
}

/** `wrongUrl`: a server that answers 404. */
export async function startRelay(bed: Testbed, wrongUrl: string): Promise<RelayAtWork> {
  const [port, closed] = [await freePort(), await freePort()];
  const file = join(bed.folder, 'relay.yml');
  writeFileSync(
    file,
    stringify({
      listen: `127.0.0.1:${port}`,
      storage: { path: join(bed.folder, 'relay.db') },
      channels: [
        { name: 'log', type: 'console' },
        { name: 'slow', type: 'console', budget: { per_minute: 2 } },
        { name: 'away', type: 'webhook', url: `http://127.0.0.1:${closed}/` },
        { name: 'wrong', type: 'webhook', url: wrongUrl },
      ],
      route: { channels: ['log', 'slow', 'away', 'wrong'] },
    }),
  );
  const relay = await bed.start({
    name: 'relay',
    command: process.execPath,
    args: [RELAY, '--config', file],
    leaf: true,
  });
  const url = `http://127.0.0.1:${port}`;
  await relay.ready(async () => (await fetch(`${url}/readyz`)).ok, { within: 30_000 });
  let count = 0;
  return {
    url,
    post: async () => {
      count++;
      const alert = (alertname: string, instance: string): object => ({
        status: 'firing',
        labels: { alertname, instance, severity: 'warning' },
        annotations: {},
        startsAt: new Date().toISOString(),
      });
      const alerts = [
        alert('Watchdog', 'prometheus'),
        alert('Scene', String(count)),
        alert('Scene', String(count - 1)),
      ];
      await fetch(`${url}/webhook/alertmanager`, {
        method: 'POST',
        body: JSON.stringify({ version: '4', receiver: 'scene', groupKey: `scene-${count % 7}`, alerts }),
      });
    },
  };
}

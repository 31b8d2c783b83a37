// A real relay at work, with a channel for each fate of a message: delivered, slowed down by its budget, a server that
// is away, and one that knows no such address.
import { join } from 'node:path';
import { freePort, type Testbed } from '@celery-watch/testbed';

export interface RelayAtWork {
  readonly url: string;
  /** Posts a new alert, and the watchdog. */
  post(): Promise<void>;
}

/** `wrongUrl`: a server that answers 404. */
export async function startRelay(bed: Testbed, wrongUrl: string): Promise<RelayAtWork> {
  const [port, closed] = [await freePort(), await freePort()];
  const relay = await bed.relay({
    config: {
      listen: `127.0.0.1:${port}`,
      storage: { path: join(bed.folder, 'relay.db') },
      channels: [
        { name: 'log', type: 'console' },
        { name: 'slow', type: 'console', budget: { per_minute: 2 } },
        { name: 'away', type: 'webhook', url: `http://127.0.0.1:${closed}/` },
        { name: 'wrong', type: 'webhook', url: wrongUrl },
      ],
      route: { channels: ['log', 'slow', 'away', 'wrong'] },
    },
  });
  let count = 0;
  return {
    url: relay.url,
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
        alert('AlertOfTheDashboards', String(count)),
        alert('AlertOfTheDashboards', String(count - 1)),
      ];
      await relay.post({ version: '4', receiver: 'dashboards', groupKey: `dashboards-${count % 7}`, alerts });
    },
  };
}

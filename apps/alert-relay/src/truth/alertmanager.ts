// A real AlertManager for tests: with short intervals, posting to the relay, and given alerts as Prometheus gives them.
import type { Alertmanager, Testbed } from '@celery-watch/testbed';

export interface AlertmanagerOptions {
  /** Where it posts. */
  readonly webhook: string;
  /** A file with the bearer token that it sends. */
  readonly tokenFile?: string;
  readonly repeatInterval?: string;
  /** `host:port` of the other one's gossip. */
  readonly peer?: string;
}

export function startAlertmanager(
  bed: Testbed,
  { webhook, tokenFile, repeatInterval = '1h', peer }: AlertmanagerOptions,
): Promise<Alertmanager> {
  return bed.alertmanager({
    cluster: { peer },
    config: JSON.stringify({
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
  });
}

/** A moment that lies some seconds away, as AlertManager writes it. */
export function inSeconds(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}

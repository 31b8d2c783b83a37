// The alert relay on the shipped configuration, with the stand-ins for its channels.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MONITORING, type RunningRelay, type Testbed } from '@celery-watch/testbed';
import { parse } from 'yaml';
import { CHANNEL_FACTS, CHANNELS, SECRETS, type StandIns } from './channels.js';

export interface RelaySettings {
  readonly port: number;
  readonly token: string;
  readonly urls: StandIns['urls'];
}

export async function startRelay(bed: Testbed, settings: RelaySettings): Promise<RunningRelay> {
  const shipped = parse(await readFile(path.join(MONITORING, 'alert-relay.yml'), 'utf8')) as Readonly<
    Record<string, unknown>
  >;
  return bed.relay({
    config: configuration(shipped, settings),
    env: {
      ALERT_RELAY_STORE: path.join(bed.folder, 'alert-relay.db'),
      ALERT_RELAY_TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
  });
}

/**
 * The shipped file with these channels in it, and a watchdog that is missed after a minute: it comes each few seconds
 * here.
 */
export function configuration(
  shipped: Readonly<Record<string, unknown>>,
  { port, token, urls }: RelaySettings,
): Readonly<Record<string, unknown>> {
  const locale = (name: (typeof CHANNELS)[number]) => ({ name, locale: CHANNEL_FACTS[name].language });
  return {
    ...shipped,
    listen: `127.0.0.1:${port}`,
    auth: { bearer_token: token },
    external_url: `http://localhost:${port}`,
    channels: [
      {
        ...locale('mail'),
        type: 'email',
        smtp_url: urls.mail,
        from: 'Alert relay <alerts@shop.example>',
        to: ['on-call@shop.example'],
      },
      { ...locale('slack'), type: 'slack', webhook_url: urls.slack, mention: { user_ids: ['U02ONCALL'] } },
      {
        ...locale('dingtalk'),
        type: 'dingtalk',
        webhook_url: urls.dingtalk,
        secret: SECRETS.dingtalk,
        mention: { mobiles: ['13800138000'] },
      },
      { ...locale('wecom'), type: 'wecom', webhook_url: urls.wecom, mention: { user_ids: ['zhangsan'] } },
      {
        ...locale('feishu'),
        type: 'feishu',
        webhook_url: urls.feishu,
        secret: SECRETS.feishu,
        mention: { user_ids: ['ou_zhangsan'] },
      },
      { name: 'journal', type: 'webhook', url: urls.journal },
    ],
    route: { channels: [...CHANNELS, 'journal'] },
    watchdog: { alertname: 'Watchdog', timeout: '1m' },
  };
}

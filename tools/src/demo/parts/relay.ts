// The alert relay on the shipped configuration, with the stand-ins for its channels.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManagedProcess, Testbed } from '@celery-watch/testbed';
import { parse, stringify } from 'yaml';
import { MONITORING } from '../../quick-motion/start.js';
import { CHANNEL_FACTS, CHANNELS, SECRETS, type StandIns } from './channels.js';

const RELAY = fileURLToPath(new URL('../../../../apps/alert-relay/bin/alert-relay.js', import.meta.url));

export interface RelaySettings {
  readonly port: number;
  readonly token: string;
  readonly urls: StandIns['urls'];
}

export async function startRelay(bed: Testbed, settings: RelaySettings): Promise<ManagedProcess> {
  const folder = path.join(bed.folder, 'alert-relay');
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'alert-relay.yml');
  const shipped = parse(await readFile(path.join(MONITORING, 'alert-relay.yml'), 'utf8')) as Readonly<
    Record<string, unknown>
  >;
  await writeFile(file, stringify(configuration(shipped, settings)), { mode: 0o600 });
  const relay = await bed.start({
    name: 'alert relay',
    command: process.execPath,
    args: [RELAY, '--config', file],
    leaf: true,
    env: {
      ALERT_RELAY_STORE: path.join(folder, 'alert-relay.db'),
      ALERT_RELAY_TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
  });
  await relay.ready(async () => (await fetch(`http://127.0.0.1:${settings.port}/readyz`)).ok, { within: 60_000 });
  return relay;
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

// Every type of the table keeps the contract of channels against a strict fake of its server.
import {
  startDingtalkReceiver,
  startFeishuReceiver,
  startSlackReceiver,
  startSmtpReceiver,
  startWebhookReceiver,
  startWecomReceiver,
} from '@celery-watch/testbed';
import { type ChannelGround, channelContract } from './channel-contract.js';
import { CHANNEL_TYPES, type ChannelTypeName } from './table.js';

const status = (texts: string) => ({ status: 500, body: texts });
const http = { dropsResends: false, trustsStatus: false, givesReceipts: false, cannot: [], echo: status };

const GROUNDS = {
  dingtalk: async (now) => {
    const receiver = await startDingtalkReceiver({ now, secret: 'SECdingtalk-0123' });
    return {
      ...http,
      receiver,
      dropsResends: true,
      settings: (webhook_url) => ({ webhook_url, secret: 'SECdingtalk-0123' }),
      secrets: ['SECdingtalk-0123', 'dingtalk-token-0123456789abcdef'],
    };
  },
  wecom: async (now) => {
    const receiver = await startWecomReceiver({ now });
    return {
      ...http,
      receiver,
      settings: (webhook_url) => ({ webhook_url }),
      secrets: ['693a91f6-7a0c-4bc4-97a0-0ec2sifa5aaa'],
    };
  },
  feishu: async (now) => {
    const receiver = await startFeishuReceiver({ now, secret: 'feishu-secret-9' });
    return {
      ...http,
      receiver,
      settings: (webhook_url) => ({ webhook_url, secret: 'feishu-secret-9' }),
      secrets: ['feishu-secret-9', 'a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d'],
    };
  },
  slack: async (now) => {
    const receiver = await startSlackReceiver({ now });
    return { ...http, receiver, settings: (webhook_url) => ({ webhook_url }), secrets: ['abcdefghijklmnopqrstuvwx'] };
  },
  webhook: async (now) => {
    const receiver = await startWebhookReceiver({ now, secret: 'webhook-secret-9', bearerToken: 'bearer-token-9' });
    const settings = (url: string) => ({
      url,
      secret: 'webhook-secret-9',
      bearer_token: 'bearer-token-9',
      headers: { 'X-Key': 'header-secret-9' },
    });
    return {
      ...http,
      receiver,
      dropsResends: true,
      trustsStatus: true,
      settings,
      secrets: ['webhook-secret-9', 'bearer-token-9', 'header-secret-9'],
    };
  },
  email: async (now) => {
    const receiver = await startSmtpReceiver({ now, users: { relay: 'smtp pass/word@9' }, size: 1_100_000 });
    const settings = (address: string) => {
      const url = new URL(address);
      return {
        smtp_url: `smtp://relay:${encodeURIComponent('smtp pass/word@9')}@${url.host}`,
        from: 'Alerts <alerts@example.com>',
        to: ['ops@example.com'],
        max_bytes: 1_000_000,
      };
    };
    return {
      receiver,
      dropsResends: false,
      trustsStatus: false,
      givesReceipts: true,
      settings,
      secrets: ['smtp pass/word@9', encodeURIComponent('smtp pass/word@9')],
      cannot: ['redirect'],
      echo: (message) => ({
        code: 451,
        message: message.replace(/\s+/g, ' ').replace('smtp://', 'smtp://relay:smtp pass/word@9@'),
      }),
    };
  },
} as const satisfies Record<Exclude<ChannelTypeName, 'console'>, (now: () => number) => Promise<ChannelGround>>;

for (const [name, open] of Object.entries(GROUNDS))
  channelContract(name, CHANNEL_TYPES[name as keyof typeof GROUNDS], open);

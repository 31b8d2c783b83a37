// Feishu's (and Lark's) custom bot: signed in the body (docs/protocol/channels.md#feishu).
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secret, webhookUrl } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType } from './channel.js';
import { FEISHU_LOOK } from './feishu-look.js';
import { httpPost, openHttpChannel } from './http-channel.js';
import { addressProblem } from './known-address.js';
import { mentionById } from './mention-settings.js';
import { judgeRobot, type RobotDialect } from './robot-answer.js';

const settings = z.strictObject({
  /** Of open.feishu.cn or open.larksuite.com; the whole of it is a secret. */
  webhook_url: webhookUrl((text) => addressProblem('feishu', text)),
  /** The bot's signing secret, where that is how it is protected. */
  secret: secret().optional(),
  /** Open ids (ou_…) or user ids; this server knows nobody by mobile number. */
  mention: mentionById(/^[\w-]+$/),
});
type Settings = z.infer<typeof settings>;

/** 20 KB are documented, and the server refuses from 30 on. */
const LIMIT = 20_000;
export const FEISHU_ANSWERS: RobotDialect = {
  code: ['code', 'StatusCode'],
  message: ['msg', 'StatusMessage'],
  rules: [
    { code: 11232, kind: 'retry', reason: 'rate_limited', afterMs: 10_000, wholeChannel: true },
    { code: 2200, kind: 'retry', reason: 'server_error' },
    { code: 9499, says: /too (large|big|long)|size|exceed/i, kind: 'permanent', reason: 'too_large' },
    {
      code: 9499,
      says: /too many|frequen/i,
      kind: 'retry',
      reason: 'rate_limited',
      afterMs: 10_000,
      wholeChannel: true,
    },
    { code: 9499, kind: 'permanent', reason: 'unsendable' },
    { code: 19036, kind: 'permanent', reason: 'too_large' },
    { code: 19001, kind: 'permanent', reason: 'credentials' },
    { code: 19021, kind: 'permanent', reason: 'credentials' },
    { code: 19022, kind: 'permanent', reason: 'credentials' },
    { code: 19024, kind: 'permanent', reason: 'content' },
    { code: 11246, kind: 'permanent', reason: 'unsendable' },
  ],
};

/** Timestamp in seconds. The secret is part of the key, and what is signed is empty. */
export function feishuSignature(timestamp: number, key: string): string {
  return createHmac('sha256', `${timestamp}\n${key}`).update('').digest('base64');
}

export const FEISHU: ChannelType<Settings> = {
  settings,
  ...FEISHU_LOOK,
  limit: () => ({ max: LIMIT, unit: 'bytes' }),
  budget: { perMinute: 90, perSecond: 4 },
  timeoutMs: 15_000,
  idempotent: false,
  create: openFeishu,
};

function openFeishu(settings: Settings, { name, now }: ChannelContext): Channel {
  const url = settings.webhook_url.reveal();
  const key = settings.secret?.reveal();
  return openHttpChannel({
    secrets: [settings.webhook_url, settings.secret],
    now,
    dress: FEISHU_LOOK.dresser(settings, name),
    post: ({ content }, signal) =>
      httpPost({ url, body: key === undefined ? content : signed(content, now(), key), signal }),
    judge: (exchange, at, redact) => judgeRobot(exchange, FEISHU_ANSWERS, at, redact),
  });
}

/** The same bytes, with the signature put before them in the same object. */
function signed(content: string, now: number, key: string): string {
  const timestamp = Math.floor(now / 1000);
  return `{"timestamp":"${timestamp}","sign":${JSON.stringify(feishuSignature(timestamp, key))},${content.slice(1)}`;
}

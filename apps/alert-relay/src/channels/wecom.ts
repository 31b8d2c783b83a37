// WeCom's group robot, and what its answers mean (docs/protocol/channels.md#wecom).
import { z } from 'zod';
import { webhookUrl } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType } from './channel.js';
import { httpPost, openHttpChannel } from './http-channel.js';
import { addressProblem } from './known-address.js';
import { mentionByMobile } from './mention-settings.js';
import { judgeRobot, type RobotDialect } from './robot-answer.js';
import { MARKDOWN_BYTES, WECOM_LOOK } from './wecom-look.js';

const settings = z.strictObject({
  /** With the key in it. */
  webhook_url: webhookUrl((text) => addressProblem('wecom', text)),
  /**
   * WeCom's Markdown can call people by id only. With `mobiles` or `all`, a message that calls somebody goes out as a
   * plain text, which can: in one request, since a second one beside the Markdown could fail alone, and would cost half
   * of the 20 requests a minute.
   */
  mention: mentionByMobile(/^[\w.@-]+$/),
});
type Settings = z.infer<typeof settings>;

/** The pause after too many requests: WeCom counts them by the minute. */
const PAUSE_MS = 60_000;

export const WECOM_ANSWERS: RobotDialect = {
  code: ['errcode'],
  message: ['errmsg'],
  rules: [
    { code: -1, kind: 'retry', reason: 'server_error' },
    { code: 45009, kind: 'retry', reason: 'rate_limited', afterMs: PAUSE_MS, wholeChannel: true },
    { code: 45033, kind: 'retry', reason: 'rate_limited', afterMs: PAUSE_MS, wholeChannel: true },
    { code: 40058, says: /exceed|length|too long/i, kind: 'permanent', reason: 'too_large' },
    { code: 40058, kind: 'permanent', reason: 'unsendable' },
    { code: 40008, kind: 'permanent', reason: 'unsendable' },
    { code: 93000, kind: 'permanent', reason: 'credentials' },
    { code: 93017, kind: 'permanent', reason: 'credentials' },
  ],
};

export const WECOM: ChannelType<Settings> = {
  settings,
  ...WECOM_LOOK,
  limit: () => ({ max: MARKDOWN_BYTES, unit: 'bytes' }),
  budget: { perMinute: 18 },
  timeoutMs: 15_000,
  idempotent: false,
  create: openWecom,
};

function openWecom(settings: Settings, { name, now }: ChannelContext): Channel {
  const url = settings.webhook_url.reveal();
  return openHttpChannel({
    secrets: [settings.webhook_url],
    now,
    dress: WECOM_LOOK.dresser(settings, name),
    post: ({ content }, signal) => httpPost({ url, body: content, signal }),
    judge: (exchange, at, redact) => judgeRobot(exchange, WECOM_ANSWERS, at, redact),
  });
}

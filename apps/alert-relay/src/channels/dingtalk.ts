// DingTalk's custom robot: signed in the query, one message a `msgUuid` however often it is sent
// (docs/protocol/channels.md#dingtalk).
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secret, webhookUrl } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType } from './channel.js';
import { DINGTALK_LOOK } from './dingtalk-look.js';
import { httpPost, openHttpChannel } from './http-channel.js';
import { addressProblem } from './known-address.js';
import { mentionByMobile } from './mention-settings.js';
import { judgeRobot, type RobotDialect } from './robot-answer.js';

const settings = z.strictObject({
  /** With the access token in it. */
  webhook_url: webhookUrl((text) => addressProblem('dingtalk', text)),
  /** The robot's signing secret, where that is how it is protected. */
  secret: secret().optional(),
  mention: mentionByMobile(/^[\w.@+-]+$/),
});
type Settings = z.infer<typeof settings>;

/** A robot that sent too fast is blocked for this long, for every message. */
const PENALTY_MS = 10 * 60_000;

export const DINGTALK_ANSWERS: RobotDialect = {
  code: ['errcode'],
  message: ['errmsg'],
  rules: [
    { code: -1, kind: 'retry', reason: 'server_error' },
    { code: 130101, kind: 'retry', reason: 'rate_limited', afterMs: PENALTY_MS, wholeChannel: true },
    { code: 410100, kind: 'retry', reason: 'rate_limited', afterMs: PENALTY_MS, wholeChannel: true },
    { code: 310000, says: /keyword|关键词/i, kind: 'permanent', reason: 'content' },
    { code: 310000, kind: 'permanent', reason: 'credentials' },
    { code: 300001, kind: 'permanent', reason: 'credentials' },
    { code: 400101, kind: 'permanent', reason: 'credentials' },
    { code: 400102, kind: 'permanent', reason: 'credentials' },
    { code: 460101, kind: 'permanent', reason: 'too_large' },
    { code: 101002, kind: 'permanent', reason: 'too_large' },
  ],
};

/** The query that signs a request. Timestamp in milliseconds. */
export function dingtalkSignature(
  timestamp: number,
  key: string,
): { readonly timestamp: string; readonly sign: string } {
  const sign = createHmac('sha256', key).update(`${timestamp}\n${key}`).digest('base64');
  return { timestamp: String(timestamp), sign };
}

export const DINGTALK: ChannelType<Settings> = {
  settings,
  ...DINGTALK_LOOK,
  limit: () => ({ max: 20_000, unit: 'bytes' }),
  budget: { perMinute: 18 },
  timeoutMs: 15_000,
  // Who answers in a way that is not understood, a gateway say, may keep no `msgUuid`. Where the robot does, nobody
  // sees the second message and its mark.
  idempotent: false,
  create: openDingtalk,
};

function openDingtalk(settings: Settings, { name, now }: ChannelContext): Channel {
  const url = settings.webhook_url.reveal();
  const key = settings.secret?.reveal();
  return openHttpChannel({
    secrets: [settings.webhook_url, settings.secret],
    now,
    dress: DINGTALK_LOOK.dresser(settings, name),
    post: ({ content }, signal) =>
      httpPost({ url: key === undefined ? url : signed(url, now(), key), body: content, signal }),
    judge: (exchange, at, redact) => judgeRobot(exchange, DINGTALK_ANSWERS, at, redact),
  });
}

function signed(url: string, timestamp: number, key: string): string {
  const whole = new URL(url);
  for (const [name, value] of Object.entries(dingtalkSignature(timestamp, key))) whole.searchParams.set(name, value);
  return whole.href;
}

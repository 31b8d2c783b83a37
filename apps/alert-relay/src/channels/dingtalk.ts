// DingTalk's custom robot: Markdown, signed in the query, one message a `msgUuid` however often it is sent
// (docs/protocol/channels.md#dingtalk).
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { secret, webhookUrl } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType, Dressed, Dresser, Part } from './channel.js';
import { dressed } from './dressed.js';
import { httpPost, openHttpChannel } from './http-channel.js';
import { addressProblem } from './known-address.js';
import { type Mention, mentionByMobile, mentionedBy } from './mention.js';
import { judgeRobot, type RobotDialect } from './robot-answer.js';
import { bytes, pieces, robotMarkdown, titleLine } from './wording.js';

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
  markup: 'dingtalk',
  limit: () => ({ max: 20_000, unit: 'bytes' }),
  budget: { perMinute: 18 },
  timeoutMs: 15_000,
  // Who answers in a way that is not understood, a gateway say, may keep no `msgUuid`. Where the robot does, nobody
  // sees the second message and its mark.
  idempotent: false,
  dresser,
  create: openDingtalk,
};

function openDingtalk(settings: Settings, { now }: ChannelContext): Channel {
  const url = settings.webhook_url.reveal();
  const key = settings.secret?.reveal();
  return openHttpChannel({
    secrets: [settings.webhook_url, settings.secret],
    now,
    dress: dresser(settings),
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

function dresser({ mention }: Settings): Dresser {
  return (part) => dress(part, mention);
}

function dress(part: Part, setting: Mention): Dressed {
  const mention = mentionedBy(part, setting);
  // Only who is named in the text too is notified.
  const names = mention === undefined ? [] : [...mention.mobiles, ...mention.user_ids].map((each) => `@${each}`);
  const text = [
    `### ${robotMarkdown(part.title)}`,
    ...pieces(part.body),
    ...(names.length > 0 ? [names.join(' ')] : []),
  ].join('\n\n');
  const content = JSON.stringify({
    msgtype: 'markdown',
    markdown: { title: titleLine(part.title), text },
    at: { atMobiles: mention?.mobiles ?? [], atUserIds: mention?.user_ids ?? [], isAtAll: mention?.all ?? false },
    msgUuid: part.key,
  });
  return dressed(part, content, bytes(content));
}

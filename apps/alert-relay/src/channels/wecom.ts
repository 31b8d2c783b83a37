// WeCom's group robot: short Markdown, or plain text where somebody must be called by mobile number
// (docs/protocol/channels.md#wecom).
import { z } from 'zod';
import { webhookUrl } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType, Dressed, Dresser, Part } from './channel.js';
import { dressed } from './dressed.js';
import { httpPost, openHttpChannel } from './http-channel.js';
import { addressProblem } from './known-address.js';
import { type Mention, mentionByMobile, mentionedBy } from './mention.js';
import { judgeRobot, type RobotDialect } from './robot-answer.js';
import { bytes, pieces, robotMarkdown, titleLine } from './wording.js';

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

const MARKDOWN_BYTES = 4096;
const TEXT_BYTES = 2048;
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
  markup: 'wecom',
  limit: () => ({ max: MARKDOWN_BYTES, unit: 'bytes' }),
  budget: { perMinute: 18 },
  timeoutMs: 15_000,
  idempotent: false,
  dresser,
  create: openWecom,
};

function openWecom(settings: Settings, { now }: ChannelContext): Channel {
  const url = settings.webhook_url.reveal();
  return openHttpChannel({
    secrets: [settings.webhook_url],
    now,
    dress: dresser(settings),
    post: ({ content }, signal) => httpPost({ url, body: content, signal }),
    judge: (exchange, at, redact) => judgeRobot(exchange, WECOM_ANSWERS, at, redact),
  });
}

function dresser({ mention }: Settings): Dresser {
  return (part) => dress(part, mention);
}

function dress(part: Part, setting: Mention): Dressed {
  const mention = mentionedBy(part, setting);
  return mention !== undefined && (mention.all || mention.mobiles.length > 0)
    ? asText(part, mention)
    : asMarkdown(part, mention);
}

function asMarkdown(part: Part, mention: Mention | undefined): Dressed {
  const names = mention?.user_ids.map((id) => `<@${id}>`) ?? [];
  const content = [
    `### ${robotMarkdown(part.title)}`,
    ...pieces(part.body),
    ...(names.length > 0 ? [names.join(' ')] : []),
  ].join('\n\n');
  return dressed(part, JSON.stringify({ msgtype: 'markdown', markdown: { content } }), bytes(content));
}

/** A plain text may be half as long as Markdown: a longer one counts as too large for both. */
function asText(part: Part, mention: Mention): Dressed {
  const content = [titleLine(part.title), ...pieces(part.plain)].join('\n\n');
  const text = {
    content,
    mentioned_list: [...mention.user_ids, ...(mention.all ? ['@all'] : [])],
    mentioned_mobile_list: mention.mobiles,
  };
  const size = bytes(content);
  return dressed(
    part,
    JSON.stringify({ msgtype: 'text', text }),
    size > TEXT_BYTES ? Math.max(size, MARKDOWN_BYTES + 1) : size,
  );
}

// Slack's incoming webhook: a headline, and Block Kit sections beside a coloured line
// (docs/protocol/channels.md#slack).
import { clip } from '@celery-watch/service';
import { IncomingWebhook, type IncomingWebhookSendArguments } from '@slack/webhook';
import { z } from 'zod';
import type { Verdict } from '../notification/index.js';
import { webhookUrl } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType, Dressed, Dresser, Part, Tone } from './channel.js';
import { dressed } from './dressed.js';
import {
  ambiguousAnswer,
  type Exchange,
  httpPost,
  isSuccess,
  judgeLost,
  judgeStatus,
  openHttpChannel,
} from './http-channel.js';
import { addressProblem } from './known-address.js';
import { slackReceipt, withReceipt } from './receipts.js';
import { answerOfCompatible } from './slack-answer.js';
import { type Mention, mentionById, mentionedBy } from './mention.js';
import { pieces, type Redact, slackText, titleLine } from './wording.js';

const settings = z.strictObject({
  /** The whole of it is a secret. */
  webhook_url: webhookUrl((text) => addressProblem('slack', text)),
  /** Ids of people (U…, W…) and of user groups (S…); `all` is everybody in the channel. */
  mention: mentionById(/^[A-Z0-9]+$/),
});
type Settings = z.infer<typeof settings>;

/** Slack's limits of one message. */
const BLOCKS = 50;
const SECTION = 3000;
const HEADER = 150;
/** Slack gives no limit for the whole; beyond this nobody reads, and it cuts texts of old clients at 40,000. */
const LIMIT = 12_000;

const COLOURS: Readonly<Record<Tone, string>> = {
  critical: '#d0021b',
  warning: '#f5a623',
  info: '#4a90e2',
  resolved: '#2eb67d',
};

export const SLACK: ChannelType<Settings> = {
  settings,
  markup: 'slack',
  limit: () => ({ max: LIMIT, unit: 'characters' }),
  budget: { perMinute: 50, perSecond: 1 },
  timeoutMs: 15_000,
  idempotent: false,
  dresser,
  create: openSlack,
};

function openSlack(settings: Settings, { now }: ChannelContext): Channel {
  const url = settings.webhook_url.reveal();
  return openHttpChannel({
    secrets: [settings.webhook_url],
    now,
    dress: dresser(settings),
    post: ({ content }, signal) => post(url, content, signal),
    judge: judgeSlack,
  });
}

/**
 * Through Slack's own client, which builds the request; the exchange is ours, since the client's errors hide
 * `Retry-After` and what was sent.
 */
async function post(url: string, content: string, signal: AbortSignal): Promise<Exchange> {
  let exchange: Exchange = { kind: 'unsent', timedOut: signal.aborted, code: 'not sent' };
  const webhook = new IncomingWebhook(url, {
    retryConfig: { retries: 0 },
    fetch: async (target, init) => {
      exchange = await httpPost({
        url: target.toString(),
        body: typeof init?.body === 'string' ? init.body : '',
        headers: init?.headers ?? {},
        signal,
      });
      return exchange.kind === 'answered'
        ? new Response(exchange.body, { status: statusOf(exchange.status) })
        : Response.error();
    },
  });
  await webhook.send(JSON.parse(content) as IncomingWebhookSendArguments).catch(() => undefined);
  return exchange;
}

/** `Response` takes no body with some statuses, and Slack's client only asks whether it was a success. */
function statusOf(status: number): number {
  return isSuccess(status) ? 200 : 500;
}

/** Slack says what was wrong as one word; servers that take its messages say what was right in their own way. */
export function judgeSlack(exchange: Exchange, now: number, redact: Redact): Verdict {
  if (exchange.kind !== 'answered') return judgeLost(exchange, redact);
  const { status, body } = exchange;
  const general = judgeStatus(exchange, now, redact);
  if (general !== undefined) return general;
  const detail = redact(`HTTP ${status}: ${body}`);
  if (isSuccess(status)) {
    const said = answerOfCompatible(status, body);
    if (said === 'taken')
      return withReceipt({ kind: 'delivered', reason: 'ok', detail: redact(body) }, slackReceipt(body));
    return said === 'refused' ? { kind: 'retry', reason: 'not_understood', detail } : ambiguousAnswer(detail);
  }
  if (status === 400)
    return {
      kind: 'permanent',
      reason: /too_long|too_many/.test(body) ? 'too_large' : /user_not_found/.test(body) ? 'address' : 'unsendable',
      detail,
    };
  if (status === 401 || status === 403) return { kind: 'permanent', reason: 'credentials', detail };
  if (status === 404 || status === 410) return { kind: 'permanent', reason: 'address', detail };
  return { kind: 'retry', reason: 'not_understood', detail };
}

function dresser({ mention }: Settings): Dresser {
  return (part) => dress(part, mention);
}

function dress(part: Part, setting: Mention): Dressed {
  const title = titleLine(part.title);
  const mention = mentionedBy(part, setting);
  const texts = pieces(part.body);
  const callers = mention === undefined ? [] : [{ type: 'section', text: { type: 'mrkdwn', text: namesOf(mention) } }];
  const sections = texts.map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }));
  const content = JSON.stringify({
    // With blocks beside it, this text is what the notification on the phone shows.
    text: clip(slackText(title), SECTION),
    blocks: [{ type: 'header', text: { type: 'plain_text', text: clip(title, HEADER), emoji: false } }, ...callers],
    attachments: sections.length === 0 ? [] : [{ color: COLOURS[part.tone], blocks: sections }],
    unfurl_links: false,
    unfurl_media: false,
  });
  const tooLarge = 1 + callers.length + sections.length > BLOCKS || texts.some((each) => each.length > SECTION);
  const length = texts.reduce((sum, each) => sum + each.length, Math.min(title.length, HEADER));
  return dressed(part, content, tooLarge ? Math.max(length, LIMIT + 1) : length);
}

function namesOf(mention: Mention): string {
  return [
    ...(mention.all ? ['<!channel>'] : []),
    ...mention.user_ids.map((id) => (id.startsWith('S') ? `<!subteam^${id}>` : `<@${id}>`)),
  ].join(' ');
}

// Slack's incoming webhook, and what its answers mean (docs/protocol/channels.md#slack).
import { IncomingWebhook, type IncomingWebhookSendArguments } from '@slack/webhook';
import { z } from 'zod';
import type { Verdict } from '../notification/index.js';
import { webhookUrl } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType } from './channel.js';
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
import { mentionById } from './mention-settings.js';
import { SLACK_LIMIT, SLACK_LOOK } from './slack-look.js';
import type { Redact } from './wording.js';

const settings = z.strictObject({
  /** The whole of it is a secret. */
  webhook_url: webhookUrl((text) => addressProblem('slack', text)),
  /** Ids of people (U…, W…) and of user groups (S…); `all` is everybody in the channel. */
  mention: mentionById(/^[A-Z0-9]+$/),
});
type Settings = z.infer<typeof settings>;

export const SLACK: ChannelType<Settings> = {
  settings,
  ...SLACK_LOOK,
  limit: () => ({ max: SLACK_LIMIT, unit: 'characters' }),
  budget: { perMinute: 50, perSecond: 1 },
  timeoutMs: 15_000,
  idempotent: false,
  create: openSlack,
};

function openSlack(settings: Settings, { name, now }: ChannelContext): Channel {
  const url = settings.webhook_url.reveal();
  return openHttpChannel({
    secrets: [settings.webhook_url],
    now,
    dress: SLACK_LOOK.dresser(settings, name),
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

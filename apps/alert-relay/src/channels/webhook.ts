// A webhook of the user's own: signed as "Standard Webhooks" do, so that libraries for it exist everywhere.
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { nodeHttp } from '@celery-watch/service/texts';
import type { Verdict } from '../notification/index.js';
import { secret, webhookUrl } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType } from './channel.js';
import { type Exchange, httpPost, isSuccess, judgeLost, judgeStatus, openHttpChannel } from './http-channel.js';
import { addressProblem } from './known-address.js';
import { webhookReceipt, withReceipt } from './receipts.js';
import { WEBHOOK_LOOK } from './webhook-look.js';
import type { Redact } from './wording.js';

const HEADER_TEXT =
  'one line without control characters and signs beyond Latin-1 is wanted: a header of HTTP holds no others';

const settings = z
  .strictObject({
    url: webhookUrl((text) => addressProblem('webhook', text)),
    /** Signs each request: HMAC-SHA256. A text that begins with `whsec_` is base64 after it. */
    secret: secret().optional(),
    /** Sent as `Authorization: Bearer …`. */
    bearer_token: secret()
      .refine((token) => isHeaderValue(token.reveal()), { error: HEADER_TEXT })
      .optional(),
    /** More headers; their values are secrets. */
    headers: z
      .record(
        z.string().refine(isHeaderName, { error: 'a name of a header is wanted, and none that is set here' }),
        secret().refine((value) => isHeaderValue(value.reveal()), { error: HEADER_TEXT }),
      )
      .default({}),
    max_bytes: z.int('a number of bytes is wanted').min(10_000, 'at least 10000 is wanted').default(1_000_000),
  })
  .refine(
    ({ bearer_token, headers }) =>
      bearer_token === undefined || !Object.keys(headers).some((name) => name.toLowerCase() === 'authorization'),
    { error: 'bearer_token and a header Authorization contradict each other', path: ['bearer_token'] },
  );
type Settings = z.infer<typeof settings>;

export const WEBHOOK: ChannelType<Settings> = {
  settings,
  ...WEBHOOK_LOOK,
  limit: ({ max_bytes: max }) => ({ max, unit: 'bytes' }),
  budget: { perMinute: 300, perSecond: 10 },
  timeoutMs: 15_000,
  // By `webhook-id` and `Idempotency-Key`, which its server has to look at.
  idempotent: true,
  create: openWebhook,
};

/** `v1,` and the signature in base64. Timestamp in seconds. */
export function webhookSignature(id: string, timestamp: number, body: string, key: string): string {
  const bytes = key.startsWith('whsec_') ? Buffer.from(key.slice('whsec_'.length), 'base64') : Buffer.from(key, 'utf8');
  return `v1,${createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

function openWebhook(settings: Settings, { name, now }: ChannelContext): Channel {
  const url = settings.url.reveal();
  const key = settings.secret?.reveal();
  const token = settings.bearer_token?.reveal();
  const own = Object.fromEntries(Object.entries(settings.headers).map(([name, value]) => [name, value.reveal()]));
  return openHttpChannel({
    secrets: [settings.url, settings.secret, settings.bearer_token, ...Object.values(settings.headers)],
    now,
    dress: WEBHOOK_LOOK.dresser(settings, name),
    post: ({ content, part }, signal) => {
      const timestamp = Math.floor(now() / 1000);
      const headers = {
        ...own,
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        'Idempotency-Key': part.key,
        'webhook-id': part.key,
        'webhook-timestamp': String(timestamp),
        ...(key !== undefined && { 'webhook-signature': webhookSignature(part.key, timestamp, content, key) }),
      };
      return httpPost({ url, body: content, headers, signal });
    },
    judge: judgeWebhook,
  });
}

/** Nothing is known of the server, so its status decides. A 4xx that the next moment cannot change is final. */
function judgeWebhook(exchange: Exchange, now: number, redact: Redact): Verdict {
  if (exchange.kind !== 'answered') return judgeLost(exchange, redact);
  const general = judgeStatus(exchange, now, redact);
  if (general !== undefined) return general;
  const { status, body } = exchange;
  const detail = redact(`HTTP ${status}: ${body}`);
  if (isSuccess(status)) return withReceipt({ kind: 'delivered', reason: 'ok', detail }, webhookReceipt(body, redact));
  if (status === 401 || status === 403 || status === 407) return { kind: 'permanent', reason: 'credentials', detail };
  if (status === 404 || status === 405 || status === 410) return { kind: 'permanent', reason: 'address', detail };
  if (status === 409 || status === 423 || status === 425) return { kind: 'retry', reason: 'server_error', detail };
  return status >= 400
    ? { kind: 'permanent', reason: 'content', detail }
    : { kind: 'retry', reason: 'not_understood', detail };
}

const TAKEN = [
  'content-type',
  'content-length',
  'host',
  'idempotency-key',
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'transfer-encoding',
  'connection',
  'expect',
  'trailer',
  'upgrade',
];

function isHeaderName(name: string): boolean {
  return !TAKEN.includes(name.toLowerCase()) && passes(() => nodeHttp.validateHeaderName(name));
}

function isHeaderValue(value: string): boolean {
  return passes(() => nodeHttp.validateHeaderValue('x', value));
}

function passes(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

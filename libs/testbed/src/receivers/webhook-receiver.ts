// A server for the generic webhook as its users would write one: checks the signature of "Standard Webhooks" and knows
// a resend.
import { createHmac, timingSafeEqual } from 'node:crypto';

import { type HttpRequest, isObject, type Judged, readObject, startHttpReceiver } from './http-receiver.js';
import type { Receiver, ReceiverOptions } from './receiver.js';

export interface WebhookOptions extends ReceiverOptions {
  readonly secret?: string;
  readonly bearerToken?: string;
}

/** "Standard Webhooks" recommends five minutes. */
const SKEW_S = 5 * 60;

export function startWebhookReceiver(options: WebhookOptions = {}): Promise<Receiver> {
  const { secret, bearerToken } = options;
  const known = new Set<string>();

  const judge = ({ headers, body, now }: HttpRequest): Judged => {
    if (bearerToken !== undefined && headers.authorization !== `Bearer ${bearerToken}`)
      return refuse(401, 'wrong token');
    const id = headers['webhook-id'];
    if (typeof id !== 'string' || headers['idempotency-key'] !== id)
      return refuse(400, 'webhook-id or idempotency-key is missing');
    if (secret !== undefined) {
      const timestamp = Number(headers['webhook-timestamp']);
      if (!(Math.abs(now / 1000 - timestamp) <= SKEW_S)) return refuse(401, 'the timestamp is too old or too new');
      const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
      const wanted = Buffer.from(
        `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
      );
      const given = Buffer.from(String(headers['webhook-signature']));
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return refuse(401, 'wrong signature');
    }
    const message = readObject(body);
    if (
      message === undefined ||
      typeof message['title'] !== 'string' ||
      typeof message['text'] !== 'string' ||
      !isObject(message['message'])
    )
      return refuse(422, 'not the body that is documented');
    const again = known.has(id);
    known.add(id);
    return {
      key: id,
      title: message['title'],
      text: message['text'],
      ...(again && { refusal: 'duplicate' }),
      answer: { status: 204 },
    };
  };
  return startHttpReceiver({ path: '/hooks/alerts', judge, sayCode: (status, body) => ({ status, body }) }, options);
}

function refuse(status: number, body: string): Judged {
  return { refusal: `${status} ${body}`, answer: { status, body } };
}

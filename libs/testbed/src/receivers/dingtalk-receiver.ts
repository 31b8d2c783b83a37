// A strict fake of DingTalk's custom robot. Source: DingTalk's documents of the custom robot, and what its users
// reported of its answers.
import { createHmac } from 'node:crypto';

import { type HttpRequest, isObject, isTexts, type Judged, readObject, startHttpReceiver } from './http-receiver.js';
import { RateWindow } from './rate-window.js';
import type { RawAnswer, Receiver, ReceiverOptions } from './receiver.js';

export interface DingtalkOptions extends ReceiverOptions {
  readonly token?: string;
  /** The robot is protected by a signature. */
  readonly secret?: string;
  /** The robot is protected by a word that each message must hold. */
  readonly keyword?: string;
}

const SKEW_MS = 60 * 60_000;
const BYTES = 20_000;

export function startDingtalkReceiver(options: DingtalkOptions = {}): Promise<Receiver> {
  const { token = 'dingtalk-token-0123456789abcdef', secret, keyword } = options;
  const rate = new RateWindow([{ count: 20, withinMs: 60_000, penaltyMs: 10 * 60_000 }]);
  const known = new Set<string>();

  const judge = ({ query, headers, body, now }: HttpRequest): Judged => {
    if (query.get('access_token') !== token) return refuse(300001, 'token is not exist');
    if (!/^application\/json/.test(headers['content-type'] ?? ''))
      return refuse(43004, 'Content-Type must be application/json');
    if (secret !== undefined) {
      const timestamp = Number(query.get('timestamp'));
      if (!(Math.abs(now - timestamp) <= SKEW_MS)) return refuse(310000, 'invalid timestamp');
      const sign = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64');
      if (query.get('sign') !== sign) return refuse(310000, 'sign not match');
    }
    if (!rate.take(now).allowed) return refuse(130101, 'send too fast, exceed 20 times per minute');
    if (Buffer.byteLength(body) > BYTES) return refuse(460101, 'message too long, exceed 20000 bytes');
    const message = readObject(body);
    const markdown = message?.['markdown'];
    if (message === undefined || message['msgtype'] !== 'markdown' || !isObject(markdown))
      return refuse(40035, 'missing parameter json');
    const { title, text } = markdown;
    if (typeof title !== 'string' || title === '' || typeof text !== 'string' || text === '')
      return refuse(40035, 'missing parameter markdown');
    const said = { title, text };
    const at = message['at'] ?? {};
    if (!isObject(at) || !isTexts(at['atMobiles'] ?? []) || !isTexts(at['atUserIds'] ?? []))
      return refuse(40035, 'invalid parameter at', said);
    if (keyword !== undefined && !text.includes(keyword) && !title.includes(keyword))
      return refuse(310000, 'keywords not in content', said);
    const key = typeof message['msgUuid'] === 'string' ? message['msgUuid'] : undefined;
    const again = key !== undefined && known.has(key);
    if (key !== undefined) known.add(key);
    return { ...said, ...(key !== undefined && { key }), ...(again && { refusal: 'duplicate' }), answer: say(0, 'ok') };
  };
  return startHttpReceiver({ path: `/robot/send?access_token=${token}`, judge, sayCode: say }, options);
}

function say(errcode: number, errmsg: string): RawAnswer {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ errcode, errmsg }) };
}

function refuse(code: number, message: string, said: { readonly title?: string; readonly text?: string } = {}): Judged {
  return { ...said, refusal: `${code} ${message}`, answer: say(code, message) };
}

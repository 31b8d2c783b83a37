// A strict fake of Feishu's custom bot. Source: Feishu's document of custom bots and of cards, and what its users
// reported of its codes.
import { createHmac } from 'node:crypto';

import { type HttpRequest, isObject, type Judged, readObject, startHttpReceiver } from './http-receiver.js';
import { RateWindow } from './rate-window.js';
import type { RawAnswer, Receiver, ReceiverOptions } from './receiver.js';

export interface FeishuOptions extends ReceiverOptions {
  readonly token?: string;
  readonly secret?: string;
  readonly keyword?: string;
  /** Answers as the first version of the interface did: `StatusCode` for `code`. */
  readonly oldAnswers?: boolean;
}

const SKEW_S = 60 * 60;
const TEMPLATES = [
  'blue',
  'wathet',
  'turquoise',
  'green',
  'yellow',
  'orange',
  'red',
  'carmine',
  'violet',
  'purple',
  'indigo',
  'grey',
  'default',
];

export function startFeishuReceiver(options: FeishuOptions = {}): Promise<Receiver> {
  const { token = 'a1b2c3d4-e5f6-4a7b-8c9d-0e1f2a3b4c5d', secret, keyword, oldAnswers = false } = options;
  const rate = new RateWindow([
    { count: 5, withinMs: 1000 },
    { count: 100, withinMs: 60_000 },
  ]);

  const judge = ({ body, now }: HttpRequest): Judged => {
    if (!rate.take(now).allowed)
      return refuse(11232, 'frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]');
    const size = Buffer.byteLength(body);
    if (size > 30 * 1024) return refuse(19036, 'request body exceeds 30 KB');
    if (size > 20 * 1024) return refuse(9499, 'Bad Request: body size exceeds the limit');
    const message = readObject(body);
    if (message === undefined) return refuse(9499, 'Bad Request');
    if (secret !== undefined && !isSigned(message, secret, now))
      return refuse(19021, 'sign match fail or timestamp is not within one hour from current time');
    if (message['msg_type'] !== 'interactive') return refuse(9499, 'Bad Request: msg_type');
    const card = readCard(message['card']);
    if (typeof card === 'string')
      return refuse(11246, `parse card json err, please check whether the card json is correct: ${card}`);
    if (keyword !== undefined && !card.title.includes(keyword) && !card.text.includes(keyword))
      return refuse(19024, 'Key Words Not Found', card);
    const answer = oldAnswers
      ? { status: 200, body: JSON.stringify({ StatusCode: 0, StatusMessage: 'success' }) }
      : say(0, 'success');
    return { ...card, answer };
  };
  return startHttpReceiver({ path: `/open-apis/bot/v2/hook/${token}`, judge, sayCode: say }, options);
}

function isSigned(message: Readonly<Record<string, unknown>>, secret: string, now: number): boolean {
  const { timestamp, sign } = message;
  if (typeof timestamp !== 'string' || !/^\d+$/.test(timestamp) || Math.abs(now / 1000 - Number(timestamp)) > SKEW_S)
    return false;
  return sign === createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64');
}

/** The title and the texts of a card, or what is wrong with it. */
function readCard(card: unknown): { readonly title: string; readonly text: string } | string {
  if (!isObject(card)) return 'no card';
  const header = card['header'];
  const title = isObject(header) ? header['title'] : undefined;
  if (!isObject(header) || !isObject(title) || title['tag'] !== 'plain_text' || typeof title['content'] !== 'string')
    return 'header.title';
  if (!TEMPLATES.includes(String(header['template']))) return 'header.template';
  const elements = card['elements'];
  if (!Array.isArray(elements) || elements.length === 0) return 'elements';
  const texts: string[] = [];
  for (const element of elements as unknown[]) {
    if (!isObject(element)) return 'an element that is no object';
    if (element['tag'] === 'hr') continue;
    if (element['tag'] !== 'markdown' || typeof element['content'] !== 'string' || element['content'] === '')
      return `an element ${JSON.stringify(element).slice(0, 80)}`;
    texts.push(element['content']);
  }
  return { title: title['content'], text: texts.join('\n\n') };
}

function say(code: number, msg: string): RawAnswer {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code, msg, data: {} }),
  };
}

function refuse(code: number, message: string, said: { readonly title?: string; readonly text?: string } = {}): Judged {
  return { ...said, refusal: `${code} ${message}`, answer: say(code, message) };
}

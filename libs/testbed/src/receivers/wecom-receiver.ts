// A strict fake of WeCom's group robot. Source: WeCom's document of group robots, and its list of global codes.
import { type HttpRequest, isObject, isTexts, type Judged, readObject, startHttpReceiver } from './http-receiver.js';
import { RateWindow } from './rate-window.js';
import type { RawAnswer, Receiver, ReceiverOptions } from './receiver.js';

export interface WecomOptions extends ReceiverOptions {
  readonly key?: string;
}

const LIMITS = { text: 2048, markdown: 4096 } as const;

export function startWecomReceiver(options: WecomOptions = {}): Promise<Receiver> {
  const { key = '693a91f6-7a0c-4bc4-97a0-0ec2sifa5aaa' } = options;
  const rate = new RateWindow([{ count: 20, withinMs: 60_000 }]);

  const judge = ({ query, body, now }: HttpRequest): Judged => {
    if (query.get('key') !== key) return refuse(93000, 'invalid webhook url, hint: [1700000000000]');
    if (!rate.take(now).allowed) return refuse(45009, 'api freq out of limit, hint: [1700000000000]');
    const message = readObject(body);
    if (message === undefined) return refuse(40058, 'invalid Request Parameter, hint: [1700000000000]');
    const type = message['msgtype'];
    if (type !== 'text' && type !== 'markdown') return refuse(40008, 'invalid message type, hint: [1700000000000]');
    const inner = message[type];
    const content = isObject(inner) ? inner['content'] : undefined;
    if (!isObject(inner) || typeof content !== 'string' || content === '')
      return refuse(44004, `empty content, ${type}.content missing`);
    const said = { title: content.split('\n')[0] ?? '', text: content };
    if (Buffer.byteLength(content) > LIMITS[type])
      return refuse(40058, `${type}.content exceed max length ${LIMITS[type]}. invalid Request Parameter`, said);
    if (!isTexts(inner['mentioned_list'] ?? []) || !isTexts(inner['mentioned_mobile_list'] ?? []))
      return refuse(40058, 'mentioned_list invalid. invalid Request Parameter', said);
    return { ...said, answer: say(0, 'ok') };
  };
  return startHttpReceiver({ path: `/cgi-bin/webhook/send?key=${key}`, judge, sayCode: say }, options);
}

function say(errcode: number, errmsg: string): RawAnswer {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json; charset=UTF-8' },
    body: JSON.stringify({ errcode, errmsg }),
  };
}

function refuse(code: number, message: string, said: { readonly title?: string; readonly text?: string } = {}): Judged {
  return { ...said, refusal: `${code} ${message}`, answer: say(code, message) };
}

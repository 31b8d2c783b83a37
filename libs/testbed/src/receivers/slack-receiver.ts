// A strict fake of Slack's incoming webhook. Source: Slack's documents of incoming webhooks, of Block Kit's limits and
// of rate limits.
import { type HttpRequest, isObject, type Judged, readObject, startHttpReceiver } from './http-receiver.js';
import { RateWindow } from './rate-window.js';
import type { RawAnswer, Receiver, ReceiverOptions } from './receiver.js';

export interface SlackOptions extends ReceiverOptions {
  /** T…/B…/token */
  readonly token?: string;
}

const BLOCKS = 50;
const SECTION = 3000;
const HEADER = 150;
const FIELDS = 10;
const FIELD = 2000;

export function startSlackReceiver(options: SlackOptions = {}): Promise<Receiver> {
  const { token = 'T01234567/B01234567/abcdefghijklmnopqrstuvwx' } = options;
  // Slack bears short bursts: a tenth less than a second, so that requests a second apart may arrive a little closer
  // together.
  const rate = new RateWindow([{ count: 1, withinMs: 900 }]);

  const judge = ({ body, now }: HttpRequest): Judged => {
    const allowed = rate.take(now);
    if (!allowed.allowed) {
      return {
        refusal: 'rate_limited',
        answer: {
          status: 429,
          headers: { 'Retry-After': String(Math.ceil(allowed.waitMs / 1000)) },
          body: 'rate_limited',
        },
      };
    }
    const message = readObject(body);
    if (message === undefined) return refuse(400, 'invalid_payload');
    const { text = '', blocks = [], attachments = [] } = message;
    if (typeof text !== 'string' || !Array.isArray(blocks) || !Array.isArray(attachments))
      return refuse(400, 'invalid_payload');
    if (text === '' && blocks.length + attachments.length === 0) return refuse(400, 'no_text');
    const texts = [...(blocks.length > 0 ? [] : [text])];
    let count = 0;
    for (const list of [
      blocks,
      ...attachments.map((each: unknown) => (isObject(each) ? (each['blocks'] ?? []) : undefined)),
    ]) {
      if (!Array.isArray(list)) return refuse(400, 'invalid_attachments');
      for (const block of list as unknown[]) {
        const read = readBlock(block);
        if (read === undefined) return refuse(400, list === blocks ? 'invalid_blocks' : 'invalid_attachments');
        texts.push(...read);
        count += 1;
      }
    }
    if (count > BLOCKS) return refuse(400, 'invalid_blocks');
    return { title: text, text: texts.join('\n\n'), answer: { status: 200, body: 'ok' } };
  };
  return startHttpReceiver(
    { path: `/services/${token}`, judge, sayCode: (status, body) => ({ status, body }) },
    options,
  );
}

/** The texts of a block that Slack takes; undefined for one that it refuses. */
function readBlock(block: unknown): string[] | undefined {
  if (!isObject(block)) return undefined;
  if (block['type'] === 'divider') return [];
  if (block['type'] === 'header') return readText(block['text'], ['plain_text'], HEADER);
  if (block['type'] !== 'section') return undefined;
  const { text, fields = [] } = block;
  if (!Array.isArray(fields) || fields.length > FIELDS || (text === undefined && fields.length === 0)) return undefined;
  const read = [
    ...(text === undefined ? [] : [readText(text, ['plain_text', 'mrkdwn'], SECTION)]),
    ...fields.map((field: unknown) => readText(field, ['plain_text', 'mrkdwn'], FIELD)),
  ];
  return read.every((each) => each !== undefined) ? read.flat() : undefined;
}

function readText(value: unknown, types: readonly string[], max: number): string[] | undefined {
  if (!isObject(value) || !types.includes(String(value['type']))) return undefined;
  const { text } = value;
  return typeof text === 'string' && text !== '' && text.length <= max ? [text] : undefined;
}

function refuse(status: number, word: string): Judged {
  const answer: RawAnswer = { status, body: word };
  return { refusal: word, answer };
}

// kombu's message envelope on Redis: the JSON object around every body, in PUBLISH payloads and in list elements
// (docs/protocol/envelopes.md#envelope).
import { parseJson } from './body.js';
import { decompress } from './compression.js';
import { isRecord } from './is-record.js';
import { LIMITS } from './limits.js';
import { MAX_MESSAGE_BYTES, type Message } from './message.js';
import type { Numbers } from './numbers.js';
import { Refusal } from './refusal.js';

const HEAD = '{"body": "';
const BEFORE_TAG = '"delivery_tag": "';
/** The delivery tag, a UUID, its quote and the two braces that close the object. */
const END_LENGTH = 39;
const MEMO_LIMIT = 2000;
/** Longest remembered tail: an event's has about 250 characters, a reply's or a task's may have millions. */
const MEMO_KEY_LIMIT = 1000;

interface Tail {
  readonly contentType: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * Reads envelopes. kombu writes the body first and a random delivery tag last, and all between them is the same
 * for each worker and routing key (docs/protocol/envelopes.md#envelope): what stands there is parsed once and
 * remembered, which spares half of the cost of an event. Any other shape goes the plain way, with the same result.
 */
export class EnvelopeReader {
  readonly #memo = new Map<string, Tail>();

  /** The message, or why it cannot be read. Never throws. */
  read(payload: Buffer): Message | Refusal {
    if (payload.length > MAX_MESSAGE_BYTES) return new Refusal('too_large', `${String(payload.length)} bytes`);
    return this.#fast(payload) ?? readPlainly(payload);
  }

  #fast(payload: Buffer): Message | undefined {
    const bodyEnd = payload.indexOf(0x22, HEAD.length);
    if (bodyEnd < 0 || payload.length - bodyEnd > MEMO_KEY_LIMIT || payload.toString('latin1', 0, HEAD.length) !== HEAD)
      return undefined;
    const text = payload.toString('latin1', bodyEnd);
    if (!endsWithTag(text)) return undefined;
    const key = text.slice(0, -END_LENGTH);
    let tail = this.#memo.get(key);
    if (tail === undefined) {
      tail = key.endsWith(BEFORE_TAG) ? tailOf(text) : undefined;
      if (tail === undefined) return undefined;
      if (this.#memo.size >= MEMO_LIMIT) this.#memo.clear();
      this.#memo.set(key, tail);
    }
    const body = decodeBase64(payload.toString('latin1', HEAD.length, bodyEnd));
    return body && { contentType: tail.contentType, headers: tail.headers, body };
  }
}

/**
 * Whether the text ends by 36 characters that can mean nothing but themselves, and `"}}`. A control character among
 * them would be an error in JSON; it is let pass, since nobody reads the tag and looking at each character shows in the
 * profile.
 */
function endsWithTag(text: string): boolean {
  const start = text.length - END_LENGTH;
  return text.endsWith('"}}') && text.indexOf('"', start) === text.length - 3 && !text.includes('\\', start);
}

/** The bytes; undefined where a character was skipped, like the backslash of an escape that JSON has yet to resolve. */
function decodeBase64(text: string): Buffer | undefined {
  const body = Buffer.from(text, 'base64');
  const padding = text.endsWith('=') ? (text.endsWith('==') ? 2 : 1) : 0;
  return body.length === (text.length / 4) * 3 - padding ? body : undefined;
}

/** What stands after a base64 body, when it is plain ASCII and has nothing unusual; else undefined. */
function tailOf(text: string): Tail | undefined {
  // eslint-disable-next-line no-control-regex -- the point is to refuse everything but ASCII
  if (!/^[\x00-\x7f]*$/.test(text)) return undefined;
  const fields = parseJson('{"body":"#' + text);
  // Another body further on would be the one that counts.
  if (!isRecord(fields) || fields['body'] !== '#') return undefined;
  const properties = fields['properties'];
  const headers = fields['headers'] ?? {};
  if (!isRecord(properties) || !isRecord(headers) || properties['body_encoding'] !== 'base64') return undefined;
  if (
    headers['compression'] !== undefined ||
    headers['delivery_tag'] !== undefined ||
    typeof fields['content-type'] !== 'string'
  )
    return undefined;
  return { contentType: fields['content-type'], headers };
}

/** An envelope of which the body has not been looked at. */
export interface Envelope {
  readonly contentType: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body, decompressed; or why it cannot be. */
  readonly body: () => Buffer | Refusal;
}

function readPlainly(payload: Buffer): Message | Refusal {
  const envelope = openEnvelope(payload);
  if (envelope instanceof Refusal) return envelope;
  const body = envelope.body();
  return body instanceof Refusal ? body : { contentType: envelope.contentType, headers: envelope.headers, body };
}

/** Opens an envelope of any shape, and leaves its body alone until it is asked for. Never throws. */
export function openEnvelope(payload: Buffer, numbers: Numbers = 'plain'): Envelope | Refusal {
  if (payload.length > MAX_MESSAGE_BYTES) return new Refusal('too_large', `${String(payload.length)} bytes`);
  const fields = parseJson(payload.toString('utf8'), numbers, LIMITS.values);
  if (fields instanceof Refusal) return fields;
  if (!isRecord(fields)) return new Refusal('bad_envelope', 'not an object');
  const { body, headers = {}, properties = {} } = fields;
  const contentType = fields['content-type'] ?? 'application/json';
  if (typeof body !== 'string') return new Refusal('bad_envelope', 'no body');
  if (typeof contentType !== 'string' || !isRecord(headers ?? {}) || !isRecord(properties ?? {})) {
    return new Refusal('bad_envelope', 'content-type, headers or properties of a wrong type');
  }
  // "utf-8" or null: the body is the text itself (docs/protocol/envelopes.md#body-encoding).
  const base64 = (properties as Record<string, unknown> | null)?.['body_encoding'] === 'base64';
  const head = (headers ?? {}) as Record<string, unknown>;
  return {
    contentType,
    headers: head,
    body: () => decompress(Buffer.from(body, base64 ? 'base64' : 'utf8'), head['compression']),
  };
}

// From a message's bytes to a value, by the content type that kombu wrote: one table of serializers.
import { LIMITS, yamlLimits } from './limits.js';
import { parseMsgpack } from './msgpack.js';
import type { Numbers } from './numbers.js';
import { Refusal } from './refusal.js';
import { parseYaml } from './yaml.js';

type Serializer = (body: Buffer, numbers: Numbers, most: number) => unknown;

const json: Serializer = (body, numbers, most) => parseJson(body.toString('utf8'), numbers, most);
const yaml: Serializer = (body, numbers, most) =>
  body.length > yamlLimits(most).bytes
    ? new Refusal('too_large', `${String(body.length)} bytes of YAML`)
    : parseYaml(body.toString('utf8'), numbers, most);
const pickle: Serializer = () =>
  new Refusal('pickle', 'a pickled body: set event_serializer and task_serializer to json, msgpack or yaml');

/** The content types that kombu registers (docs/protocol/envelopes.md#content-types). */
const SERIALIZERS: Readonly<Record<string, Serializer>> = {
  'application/json': json,
  'application/x-msgpack': parseMsgpack,
  'application/x-yaml': yaml,
  'application/x-python-serialize': pickle,
};

/**
 * Decodes a body; never throws, never runs code that came with it.
 * @param most values that it may hold
 */
export function decodeBody(
  body: Buffer,
  contentType: string,
  numbers: Numbers = 'plain',
  most = LIMITS.valuesOfReply,
): unknown {
  const serializer = Object.hasOwn(SERIALIZERS, contentType) ? SERIALIZERS[contentType] : undefined;
  if (serializer === undefined) {
    return new Refusal(
      'content_type',
      `content type ${JSON.stringify(contentType.slice(0, 80))} is none of ${Object.keys(SERIALIZERS).join(', ')}`,
    );
  }
  try {
    return serializer(body, numbers, most);
  } catch (error) {
    return new Refusal('bad_body', `${contentType}: ${error instanceof Error ? error.name : 'error'}`);
  }
}

/** Parses JSON text; Python's bare NaN becomes null, its infinities are numbers. Never throws. */
export function parseJson(text: string, numbers: Numbers = 'plain', most = LIMITS.valuesOfReply): unknown {
  if (holdsMore(text, most)) return new Refusal('too_large', `JSON of more than ${String(most)} values`);
  const reviver = numbers === 'exact' ? exactly : undefined;
  try {
    return JSON.parse(text, reviver) as unknown;
  } catch {
    const refusal = new Refusal('not_json', `not JSON (${String(text.length)} characters)`);
    // A search is quick; going through megabytes that are no JSON anyhow is not.
    if (!text.includes('NaN') && !text.includes('Infinity')) return refusal;
    try {
      return JSON.parse(withoutBareWords(text), reviver) as unknown;
    } catch {
      return refusal;
    }
  }
}

/** More than Python itself writes out, unless it is told to; a number of millions of digits takes seconds to read. */
const EXACT = /^-?\d{1,4300}$/;

/** Node.js before 21 tells no source: there such numbers stay plain. */
function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  return typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && EXACT.test(source)
    ? BigInt(source)
    : value;
}

/** Counts what stands before a value, a comma or an opening bracket: what is empty counts for two. */
function holdsMore(text: string, most: number): boolean {
  // No value has less than two characters, its comma or its closing bracket included.
  if (text.length <= 2 * most) return false;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x22) at = endOfString(text, at) - 1;
    else if ((character === 0x2c || character === 0x5b || character === 0x7b) && ++values > most) return true;
  }
  return false;
}

/** What JSON has for them: a number that is too large. */
const ENDLESS: ReadonlyMap<string, string> = new Map([
  ['Infinity', '1e999'],
  ['-Infinity', '-1e999'],
]);

/** Goes from string to string and from word to word, so that a NaN inside of a string stays text. */
function withoutBareWords(text: string): string {
  const quoteOrWord = /"|-?\b(?:NaN|Infinity)\b/g;
  const parts: string[] = [];
  let from = 0;
  for (let found = quoteOrWord.exec(text); found !== null; found = quoteOrWord.exec(text)) {
    if (found[0] === '"') {
      quoteOrWord.lastIndex = endOfString(text, found.index);
    } else {
      parts.push(text.slice(from, found.index), ENDLESS.get(found[0]) ?? 'null');
      from = quoteOrWord.lastIndex;
    }
  }
  parts.push(text.slice(from));
  return parts.join('');
}

/** Where the string that opens at `start` is over. */
function endOfString(text: string, start: number): number {
  const quote = text.indexOf('"', start + 1);
  if (quote < 0) return text.length;
  if (text.charCodeAt(quote - 1) !== BACKSLASH || quote - 1 === start) return quote + 1;
  // No search for each quote, and no regular expression: both take long over a text of escapes.
  for (let at = start + 1; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at++;
    else if (character === QUOTE) return at + 1;
  }
  return text.length;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

// From a message's bytes to a value, by the content type that kombu wrote: one table of serializers.
import { MAX_VALUES, parseMsgpack } from './msgpack.js';
import type { Numbers } from './numbers.js';
import { Refusal } from './refusal.js';
import { MAX_YAML_BYTES, parseYaml } from './yaml.js';

type Serializer = (body: Buffer, numbers: Numbers) => unknown;

const json: Serializer = (body, numbers) => parseJson(body.toString('utf8'), numbers);
const yaml: Serializer = (body, numbers) =>
  body.length > MAX_YAML_BYTES
    ? new Refusal('too_large', `${String(body.length)} bytes of YAML`)
    : parseYaml(body.toString('utf8'), numbers);
const pickle: Serializer = () =>
  new Refusal('pickle', 'a pickled body: set event_serializer and task_serializer to json, msgpack or yaml');

/** The content types that kombu registers (docs/protocol/envelopes.md#content-types). */
const SERIALIZERS: Readonly<Record<string, Serializer>> = {
  'application/json': json,
  'application/x-msgpack': parseMsgpack,
  'application/x-yaml': yaml,
  'application/x-python-serialize': pickle,
};

/** Decodes a body; never throws, never runs code that came with it. */
export function decodeBody(body: Buffer, contentType: string, numbers: Numbers = 'plain'): unknown {
  const serializer = Object.hasOwn(SERIALIZERS, contentType) ? SERIALIZERS[contentType] : undefined;
  if (serializer === undefined) {
    return new Refusal(
      'content_type',
      `content type ${JSON.stringify(contentType.slice(0, 80))} is none of ${Object.keys(SERIALIZERS).join(', ')}`,
    );
  }
  try {
    return serializer(body, numbers);
  } catch (error) {
    return new Refusal('bad_body', `${contentType}: ${error instanceof Error ? error.name : 'error'}`);
  }
}

/** Parses JSON text; Python's bare NaN becomes null, its infinities are numbers. Never throws. */
export function parseJson(text: string, numbers: Numbers = 'plain'): unknown {
  if (holdsTooMuch(text)) return new Refusal('too_large', `JSON of more than ${String(MAX_VALUES)} values`);
  const reviver = numbers === 'exact' ? exactly : undefined;
  try {
    return JSON.parse(text, reviver) as unknown;
  } catch {
    try {
      return JSON.parse(withoutBareWords(text), reviver) as unknown;
    } catch {
      return new Refusal('not_json', `not JSON (${String(text.length)} characters)`);
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
function holdsTooMuch(text: string): boolean {
  // No value has less than two characters, its comma or its closing bracket included.
  if (text.length <= 2 * MAX_VALUES) return false;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at);
    if (character === 0x22) at = endOfString(text, at) - 1;
    else if ((character === 0x2c || character === 0x5b || character === 0x7b) && ++values > MAX_VALUES) return true;
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

/**
 * Where the string that opens at `start` is over. No regular expression: those go back and forth over a text of
 * escapes.
 */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text[before] === '\\') before--;
    // An even number of backslashes escape each other, not the quote.
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return text.length;
}

// The envelope: what is remembered of earlier messages must never change what a message means.
import { describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EnvelopeReader } from './envelope.js';
import { MAX_MESSAGE_BYTES, type Message } from './message.js';
import { Refusal } from './refusal.js';
import { capturedReplies, published, queuedMessages } from './testing-captures.js';

/** A message or refusal as plain text, to compare. */
function said(result: Message | Refusal): string {
  return result instanceof Refusal
    ? `refused ${result.reason}`
    : JSON.stringify([result.contentType, result.headers, result.body.toString('latin1')]);
}

/**
 * The reading of a reader that remembers nothing, and gives every payload the plain way: a space before it changes no
 * JSON.
 */
function plainly(payload: Buffer): string {
  return said(new EnvelopeReader().read(Buffer.concat([Buffer.from(' '), payload])));
}

/** The same message with the keys in another order and other white space. */
function rewritten(payload: Buffer): Buffer {
  const fields = Object.entries(JSON.parse(payload.toString()) as Record<string, unknown>);
  return Buffer.from(JSON.stringify(Object.fromEntries(fields.reverse()), undefined, 1));
}

const UUIDS = ['86ea4ee2-1111-4222-8333-abcdefabcdef', '00000000-1111-4222-8333-abcdefabcdef'] as const;
const BODY = Buffer.from('{"type":"x"}').toString('base64');
const TAIL =
  '", "content-encoding": "utf-8", "content-type": "application/json", "headers": {"hostname": "w@h"}, "properties": {"delivery_mode": 1, "body_encoding": "base64", "delivery_tag": "';

/** kombu's own layout, as it is remembered: body, tail, tag. */
const kombu = (body: string = BODY, tail: string = TAIL, end = `${UUIDS[0]}"}}`): Buffer =>
  Buffer.from(`{"body": "${body}${tail}${end}`);

/** 39 bytes that close the object: as long as the end that readers expect. */
const ending = (text: string): string => text.slice(0, -1).padEnd(38) + text.slice(-1);

/** Bytes of the heap that are in use, without garbage. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

/** A reader that has met kombu's tail before. */
function warm(...payloads: Buffer[]): EnvelopeReader {
  const reader = new EnvelopeReader();
  for (const payload of payloads.length > 0 ? payloads : [kombu()]) reader.read(payload);
  return reader;
}

describe('EnvelopeReader', () => {
  const folder = new URL('../../captures/', import.meta.url);
  for (const file of readdirSync(folder).filter((name) => name.startsWith('redis-') && name.endsWith('.jsonl'))) {
    it(`reads every payload of ${file} alike, remembered or not`, () => {
      const payloads = [
        ...published(file).map(({ payload }) => payload),
        ...(file.includes('replies') ? capturedReplies().map(({ payload }) => payload) : []),
        ...(file.includes('in-queue') ? queuedMessages() : []),
      ];
      const reader = new EnvelopeReader();
      let messages = 0;
      for (const payload of payloads) {
        const first = said(reader.read(payload));
        expect(first).toBe(said(reader.read(payload)));
        expect(first).toBe(plainly(payload));
        if (first.startsWith('refused')) continue;
        if (messages++ < 200) expect(first).toBe(said(new EnvelopeReader().read(rewritten(payload))));
      }
      expect(messages).toBeGreaterThan(9);
    });
  }

  it("gives content type, headers and body of a message in kombu's layout", () => {
    const reader = warm();
    const message = reader.read(kombu(Buffer.from('[]').toString('base64'))) as Message;
    expect(message.contentType).toBe('application/json');
    expect(message.headers).toEqual({ hostname: 'w@h' });
    expect(message.body.toString()).toBe('[]');
  });

  it('keeps two tails apart that differ in one header only', () => {
    const other = TAIL.replace('w@h', 'v@h');
    const reader = warm(kombu(BODY, TAIL), kombu(BODY, other));
    expect((reader.read(kombu(BODY, TAIL, `${UUIDS[1]}"}}`)) as Message).headers['hostname']).toBe('w@h');
    expect((reader.read(kombu(BODY, other, `${UUIDS[1]}"}}`)) as Message).headers['hostname']).toBe('v@h');
  });

  const hostile: Readonly<Record<string, Buffer>> = {
    'other headers in the last 39 bytes': kombu(BODY, TAIL, ending('x"},"headers":{"hostname":"other@h"}}')),
    'headers: null in the last 39 bytes': kombu(BODY, TAIL, ending('x"}, "headers": null}')),
    'another body in the last 39 bytes': kombu(BODY, TAIL, ending('x"}, "body": "W10="}')),
    'another content type in the last 39 bytes': kombu(BODY, TAIL, ending('x"},"content-type":"application/x"}')),
    'a compression in the last 39 bytes': kombu(BODY, TAIL, ending('x"},"headers":{"compression":"x-bz2"}}')),
    'another body_encoding in the last 39 bytes': kombu(BODY, TAIL, ending('x","body_encoding":"no"}}')),
    'a quote in the tag': kombu(BODY, TAIL, `${UUIDS[0].slice(0, 18)}"${UUIDS[0].slice(19)}"}}`),
    'a backslash before the last quote': kombu(BODY, TAIL, `${UUIDS[0].slice(0, 35)}\\"}}`),
    'a bad escape in the tag': kombu(BODY, TAIL, `\\x${UUIDS[0].slice(2)}"}}`),
    'nothing but digits at the end': kombu(BODY, TAIL, '1'.repeat(39)),
    'a brace less': kombu(BODY, TAIL, `${UUIDS[0]}" }`),
    'text after the end': kombu(BODY, TAIL, `${UUIDS[0]}"}}}`),
    'an escaped quote at the end of the body': kombu(`${BODY}\\`),
    'an escaped quote in the body': kombu(`${BODY}\\"${BODY}`),
    'an escaped slash in the body': kombu('Pz8/Pz8\\/'),
    'an escaped letter in the body': kombu('\\u0057\\u0031\\u0030\\u003d'),
    'an escaped line break in the body': kombu(`${BODY.slice(0, 8)}\\n${BODY.slice(8)}`),
    'a raw line break in the body': kombu(`${BODY.slice(0, 8)}\n${BODY.slice(8)}`),
    'characters in the body that base64 has not': kombu(`$%&${BODY}`),
    'a letter beyond ASCII in the body': kombu(`é${BODY}`),
    'a body of base64 for addresses': kombu('-__-'),
    'a body without padding': kombu('W10'),
    'a body that is padded in the middle': kombu('W10=W10='),
    'an empty body': kombu(''),
    'bytes that are not UTF-8 in the body': Buffer.concat([
      Buffer.from('{"body": "'),
      Buffer.from([0xff, 0xc3, 0x28]),
      Buffer.from(`${BODY}${TAIL}${UUIDS[0]}"}}`),
    ]),
  };
  for (const [what, payload] of Object.entries(hostile)) {
    it(`is not fooled by ${what}`, () => {
      expect(said(warm().read(payload))).toBe(plainly(payload));
    });
  }

  const strange: Readonly<Record<string, string>> = {
    'a second body': TAIL.replace('"headers"', '"body": "W10=", "headers"'),
    'a second body that is empty': TAIL.replace('"headers"', '"body": "", "headers"'),
    'a second body with an escaped key': TAIL.replace('"headers"', '"b\\u006fdy": "W10=", "headers"'),
    'headers: null': TAIL.replace('{"hostname": "w@h"}', 'null'),
    'headers that are a list': TAIL.replace('{"hostname": "w@h"}', '[]'),
    'no headers': TAIL.replace('"headers": {"hostname": "w@h"}, ', ''),
    'compression: null': TAIL.replace('"w@h"', '"w@h", "compression": null'),
    'a compression': TAIL.replace('"w@h"', '"w@h", "compression": "application/x-gzip"'),
    'body_encoding utf-8': TAIL.replace('"base64"', '"utf-8"'),
    'body_encoding null': TAIL.replace('"base64"', 'null'),
    'no body_encoding': TAIL.replace('"body_encoding": "base64", ', ''),
    'no content type': TAIL.replace('"content-type": "application/json", ', ''),
    'content type null': TAIL.replace('"application/json"', 'null'),
    'a content type that is a number': TAIL.replace('"application/json"', '7'),
    'NaN in a header': TAIL.replace('"w@h"', 'NaN'),
    'letters beyond ASCII': TAIL.replace('w@h', 'wörker@h'),
    'escaped letters': TAIL.replace('w@h', 'w\\u00f6rker@h'),
    'a header called __proto__': TAIL.replace('"hostname"', '"__proto__"'),
    'properties twice': TAIL.replace('"properties"', '"properties": {"body_encoding": "utf-8"}, "properties"'),
    'a tag that belongs to the headers': TAIL.replace(
      '"properties": {',
      '"properties": {"body_encoding": "base64"}, "headers": {',
    ),
    'a tag in a list': TAIL.replace('"body_encoding"', '"x": [{"body_encoding"'),
    'a tag whose key has a quote': TAIL.replace('"delivery_tag"', '"x\\"delivery_tag"'),
  };
  for (const [what, tail] of Object.entries(strange)) {
    it(`reads a tail with ${what} like any other, the first time and again`, () => {
      const [one, two] = UUIDS.map((uuid) => kombu(BODY, tail, `${uuid}"}}`)) as [Buffer, Buffer];
      const reader = warm();
      expect(said(reader.read(one))).toBe(plainly(one));
      expect(said(reader.read(two))).toBe(plainly(two));
    });
  }

  it('reads a real payload that is cut at any byte as it would without memory', () => {
    const [whole] = published('redis-5.6.3-prefork.jsonl').map(({ payload }) => payload);
    if (whole === undefined) throw new Error('no payload');
    const reader = warm(whole);
    for (let length = 0; length < whole.length; length++) {
      const cut = reader.read(whole.subarray(0, length));
      expect(cut).toBeInstanceOf(Refusal);
      expect((cut as Refusal).reason).toBe('not_json');
    }
    for (let start = 1; start < whole.length; start++)
      expect(reader.read(whole.subarray(start))).toBeInstanceOf(Refusal);
    expect(reader.read(whole)).not.toBeInstanceOf(Refusal);
  });

  it('reads a real payload with any byte changed as it would without memory, but for control characters in the tag', () => {
    const [, whole] = published('redis-opt-db3.jsonl').map(({ payload }) => payload);
    if (whole === undefined) throw new Error('no payload');
    const reader = warm(whole);
    for (let at = 0; at < whole.length; at++) {
      const inTag = at >= whole.length - 39;
      for (const byte of inTag ? [0x22, 0x5c, 0x7d, 0x80, 0xff, 0x41] : [0x00, 0x0a, 0x22, 0x5c, 0x7d, 0xff, 0x41]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        if (said(reader.read(changed)) !== plainly(changed)) throw new Error(`byte ${String(at)} as ${String(byte)}`);
      }
    }
  });

  it('remembers a bounded number of tails, none of them long', () => {
    const reader = new EnvelopeReader();
    const before = heapInUse();
    const filler = 'x'.repeat(100_000);
    for (let i = 0; i < 1000; i++) reader.read(kombu(BODY, TAIL.replace('w@h', `${filler}${String(i)}`)));
    expect(heapInUse() - before).toBeLessThan(10e6);
    for (let i = 0; i < 20_000; i++) reader.read(kombu(BODY, TAIL.replace('w@h', 'x'.repeat(600) + String(i))));
    expect(heapInUse() - before).toBeLessThan(10e6);
    expect((reader.read(kombu()) as Message).headers['hostname']).toBe('w@h');
  });

  it('takes 16 MB and refuses one byte more without looking at it', () => {
    const payload = Buffer.alloc(MAX_MESSAGE_BYTES + 1, 0x20);
    payload.write('{"body":"[]"}');
    expect(MAX_MESSAGE_BYTES).toBe(16 * 1024 * 1024);
    expect(said(new EnvelopeReader().read(payload))).toBe('refused too_large');
    expect(said(new EnvelopeReader().read(payload.subarray(1)))).toBe('refused not_json');
    expect((new EnvelopeReader().read(payload.subarray(0, -1)) as Message).body.toString()).toBe('[]');
  });
});

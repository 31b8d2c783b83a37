// Bodies of every serializer: what kombu wrote must come out the same from each, and nothing may be run or unfolded.
import { describe, expect, it } from '@jest/globals';
import { deflateSync, gzipSync } from 'node:zlib';
import { readActiveQueues, readReply } from '../control/reply.js';
import { decodeBody } from './body.js';
import { EnvelopeReader } from './envelope.js';
import type { Message } from './message.js';
import { Refusal } from './refusal.js';
import { collect, envelope, queuedMessages } from './testing-captures.js';
import { GOLDEN_EVENTS, GOLDEN_REPLIES } from './testing-golden.js';

const events = (message: Omit<Message, 'headers'>): readonly unknown[] => collect({ headers: {}, ...message }).events;

function reasonOf(value: unknown): string {
  return value instanceof Refusal ? value.reason : 'none';
}

describe('decodeBody', () => {
  it('gives the events that kombu wrote as JSON', () => {
    const [received, failed, quick, endless, ...more] = events(GOLDEN_EVENTS.json) as Record<string, unknown>[];
    expect(more).toEqual([]);
    expect(received).toEqual({
      type: 'task-received',
      uuid: '12e3',
      root_id: '12e3',
      parent_id: null,
      name: 'proj.tasks.añadir',
      args: "('a: b', {'k': [1, 2]}, '- x', '# no')",
      kwargs: '{}',
      retries: 1,
      eta: '2026-11-23T16:29:53.725609+00:00',
      expires: null,
      hostname: 'wörker@h',
      utcoffset: -9,
      pid: 77,
      clock: 12,
      timestamp: 1795451526.4392588,
    });
    expect(failed?.['exception']).toBe('ValueError(\'bad: "x"\\n\')');
    expect(failed?.['traceback']).toMatch(/^Traceback [^]* line 1, in f\n {4}raise[^]*\n\ttabbed\n$/);
    expect(quick).toEqual(expect.objectContaining({ uuid: 'yes', result: 'null', runtime: 1e-7 }));
    expect(endless).toEqual(
      expect.objectContaining({ uuid: '2026-01-02', result: '😀', runtime: NaN, clock: 2 ** 53 }),
    );
  });

  for (const name of ['msgpack', 'yaml'] as const) {
    it(`gives the same events from ${name} as from JSON`, () => {
      expect(events(GOLDEN_EVENTS[name])).toEqual(events(GOLDEN_EVENTS.json));
    });
  }

  for (const name of ['json', 'msgpack', 'yaml'] as const) {
    it(`gives the reply that kombu wrote as ${name}`, () => {
      const reply = readReply({ headers: { ticket: 't' }, ...GOLDEN_REPLIES[name] });
      if (reply instanceof Refusal) throw new Error(reply.detail);
      expect([reply.ticket, reply.nodename]).toEqual(['t', 'w@h']);
      expect(readActiveQueues(reply.result)).toEqual([
        { name: 'a', exchange: 'shared' },
        { name: 'b:c', exchange: 'shared' },
        { name: 'null', exchange: '' },
      ]);
    });
  }

  it('refuses pickle by name, in events and in replies', () => {
    expect(collect({ headers: {}, ...GOLDEN_EVENTS.pickle }).refusals.map(({ reason }) => reason)).toEqual(['pickle']);
    expect(reasonOf(readReply({ headers: { ticket: 't' }, ...GOLDEN_REPLIES.pickle }))).toBe('pickle');
  });

  it.each([
    '',
    'json',
    'text/plain',
    'application/data',
    'APPLICATION/JSON',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'x'.repeat(1e6),
  ])('refuses a content type that kombu does not register (%#)', (contentType) => {
    const refusal = decodeBody(Buffer.from('[]'), contentType);
    expect(reasonOf(refusal)).toBe('content_type');
    expect((refusal as Refusal).detail.length).toBeLessThan(300);
  });

  it.each(['application/json', 'application/x-msgpack', 'application/x-yaml', 'application/x-python-serialize'])(
    'never throws for a short body of %s',
    (contentType) => {
      for (let a = 0; a < 256; a++) {
        for (const b of [0x00, 0x0a, 0x22, 0x5b, 0x7b, 0x81, 0x91, 0xc1, 0xdc, 0xff])
          expect(() => decodeBody(Buffer.from([a, b]), contentType)).not.toThrow();
      }
      expect(() => decodeBody(Buffer.alloc(0), contentType)).not.toThrow();
    },
  );

  it('says what is wrong with a body without a word of the body', () => {
    for (const { contentType, body } of [...Object.values(GOLDEN_EVENTS), ...Object.values(GOLDEN_REPLIES)]) {
      const refusal = decodeBody(Buffer.concat([body.subarray(0, -9), Buffer.from('\x00"secret: [')]), contentType);
      expect(refusal).toBeInstanceOf(Refusal);
      expect((refusal as Refusal).detail).not.toContain('secret');
    }
  });
});

describe('a compressed body', () => {
  const text = '[{"type":"x","timestamp":1,"hostname":"h"}]';
  const read = (body: Buffer, compression: unknown): Message | Refusal =>
    new EnvelopeReader().read(envelope(body, { headers: { compression } }));

  it.each([
    ['zlib, which is what kombu makes', deflateSync(text)],
    ['gzip, which is what its name says', gzipSync(text)],
  ])('is read as %s', (_what, body) => {
    for (const method of ['application/x-gzip', 'gzip', 'zlib'])
      expect((read(body, method) as Message).body.toString()).toBe(text);
  });

  it('is read where kombu compressed a task: pickle in zlib', () => {
    const messages = queuedMessages()
      .map((payload) => new EnvelopeReader().read(payload))
      .filter((message) => !(message instanceof Refusal) && 'compression' in message.headers);
    expect(messages).toHaveLength(1);
    const { body, contentType } = messages[0] as Message;
    expect(contentType).toBe('application/x-python-serialize');
    expect([body[0], body.at(-1)]).toEqual([0x80, '.'.charCodeAt(0)]);
    expect(reasonOf(decodeBody(body, contentType))).toBe('pickle');
  });

  it('is the body itself where the header is null', () => {
    expect((read(Buffer.from(text), null) as Message).body.toString()).toBe(text);
  });

  it.each([
    'application/x-bz2',
    'application/x-lzma',
    'application/x-brotli',
    'application/zstd',
    'GZIP',
    '',
    'x'.repeat(1e6),
    7,
    true,
    [],
    {},
  ])('is refused where the method is not known (%#)', (method) => {
    const refusal = read(deflateSync(text), method);
    expect(reasonOf(refusal)).toBe('compression');
    expect((refusal as Refusal).detail.length).toBeLessThan(200);
  });

  it('is refused where the method is nested too deeply to be written out', () => {
    const deep = '['.repeat(40_000) + ']'.repeat(40_000);
    expect(reasonOf(new EnvelopeReader().read(Buffer.from(`{"body":"","headers":{"compression":${deep}}}`)))).toBe(
      'compression',
    );
  });

  it('is refused where it is broken, or unfolds into more than a message may have', () => {
    const body = deflateSync(text);
    for (const broken of [Buffer.from(text), Buffer.alloc(0), body.subarray(0, 10), Buffer.from([0x1f, 0x8b])])
      expect(reasonOf(read(broken, 'application/x-gzip'))).toBe('bad_body');
    for (const bomb of [deflateSync(Buffer.alloc(20e6)), gzipSync(Buffer.alloc(20e6))])
      expect(reasonOf(read(bomb, 'application/x-gzip'))).toBe('too_large');
  });
});

describe('an uncompressed body', () => {
  it('is the text itself where body_encoding is utf-8, null or missing', () => {
    for (const properties of [{ body_encoding: 'utf-8' }, { body_encoding: null }, {}, null, undefined]) {
      const message = new EnvelopeReader().read(envelope('', { body: '["é漢😀\\n"]', properties }));
      expect((message as Message).body.toString()).toBe('["é漢😀\\n"]');
    }
  });

  it.each([
    ['no body', { body: undefined }],
    ['a body that is null', { body: null }],
    ['a body that is an object', { body: {} }],
    ['headers in a list', { headers: [] }],
    ['headers that are text', { headers: 'x' }],
    ['properties that are a number', { properties: 1 }],
    ['a content type in a list', { 'content-type': ['application/json'] }],
  ])('is refused in an envelope with %s', (_what, changes) => {
    expect(reasonOf(new EnvelopeReader().read(envelope('[]', changes)))).toBe('bad_envelope');
  });

  it.each(['null', '7', '"x"', '[]', 'true', 'NaN', '[{"body":""}]'])(
    'is refused in an envelope that is %s',
    (text) => {
      expect(reasonOf(new EnvelopeReader().read(Buffer.from(text)))).toBe('bad_envelope');
    },
  );

  it.each(['', ' ', '{', '}', 'x', '{"body": "', '{"body": ""', '\ufeff{}', '{"body":"",}', "{'body':''}"])(
    'is refused in what is not JSON (%#)',
    (text) => {
      expect(reasonOf(new EnvelopeReader().read(Buffer.from(text)))).toBe('not_json');
    },
  );

  it('is taken for JSON where no content type is given', () => {
    expect((new EnvelopeReader().read(envelope('[]', { 'content-type': undefined })) as Message).contentType).toBe(
      'application/json',
    );
  });
});

// Bodies of posts and the memory that there is for them.
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, test } from '@jest/globals';
import { type Body, BodyReader } from './body.js';
import { bodyLimits, BodyRoom, ValueCount } from './body-limits.js';

interface Upload {
  readonly request: IncomingMessage;
  readonly body: PassThrough;
}

function upload(headers: Record<string, string> = {}): Upload {
  const body = new PassThrough();
  return { body, request: Object.assign(body, { headers }) as unknown as IncomingMessage };
}

function uploaded(content: string | Buffer, headers?: Record<string, string>): IncomingMessage {
  const { request, body } = upload(headers);
  body.end(content);
  return request;
}

const reader = (bytes: number, values = 1_000): BodyReader => new BodyReader({ bytes, values, isByMemory: true });
const kindOf = (body: Body): Promise<string> => Promise.resolve(body.kind);

describe('what may be in memory', () => {
  it('follows from the heap, and is never over what is configured', () => {
    expect(bodyLimits(67_108_864, 272 * 1_048_576)).toEqual({
      bytes: 17 * 1_048_576,
      values: 713_031,
      isByMemory: true,
    });
    expect(bodyLimits(100_000, 272 * 1_048_576)).toMatchObject({ bytes: 100_000, isByMemory: false });
  });

  it('is taken and given back', () => {
    const room = new BodyRoom(10);
    expect([room.take(6), room.take(6), room.take(4)]).toEqual([true, false, true]);
    room.giveBack(6);
    expect(room.take(6)).toBe(true);
  });
});

test.each([
  ['[1,2,3]', 3],
  ['[{},{},{}]', 6],
  ['["a,[{,b"]', 1],
  ['["a\\",[{,b"]', 1],
  ['["a\\\\",[{,"b"]', 5],
  ['["open, [{', 1],
])('%s has up to %d values, in whatever pieces it comes', (text, values) => {
  const bytes = Buffer.from(text);
  for (let size = 1; size <= bytes.length; size++) {
    const count = new ValueCount();
    for (let at = 0; at < bytes.length; at += size) count.add(bytes.subarray(at, at + size));
    expect(count.values).toBe(values);
  }
});

describe('a body', () => {
  it.each([
    ['within the limit', 'x'.repeat(100), undefined, 'read'],
    ['over it', 'x'.repeat(101), undefined, 'too large'],
    ['over it once it is unpacked', gzipSync('x'.repeat(101)), 'gzip', 'too large'],
    ['of too many values', '[[],[],[]]', undefined, 'too many values'],
    ['of too many values once it is unpacked', gzipSync(`[${'0,'.repeat(40)}0]`), 'gzip', 'too many values'],
    ['that is no gzip', 'x', 'gzip', 'undecodable'],
  ])('%s', async (_, content, encoding, kind) => {
    const request = uploaded(content, encoding === undefined ? {} : { 'content-encoding': encoding });
    expect(await reader(100, 3).with(request, kindOf)).toBe(kind);
  });

  it('of single bytes is read into one piece of memory of its own', async () => {
    const { request, body } = upload();
    const text = Array.from({ length: 10_000 }, (_, n) => `${n},`).join('');
    for (const byte of Buffer.from(text)) body.write(Buffer.of(byte));
    body.end();
    const read = await reader(100_000, 100_000).with(request, (each) => Promise.resolve(each));
    if (read?.kind !== 'read') throw new Error('it was not read');
    expect(read.bytes.toString()).toBe(text);
    expect(read.bytes.buffer.byteLength).toBe(text.length);
  });

  it('finds no room while others take it all, and finds it again once they are done', async () => {
    const bodies = reader(100);
    let done: (value: string) => void = () => undefined;
    const first = bodies.with(uploaded('x'.repeat(60)), () => new Promise<string>((resolve) => (done = resolve)));
    await new Promise(setImmediate);
    const refused = upload();
    const answer = bodies.with(refused.request, kindOf);
    for (let n = 0; n < 6; n++) refused.body.write('x'.repeat(10));
    refused.body.end();
    expect([await answer, refused.body.readableEnded]).toEqual(['no room', true]);
    expect(await bodies.with(uploaded('x'.repeat(40)), kindOf)).toBe('read');
    done('stored');
    expect(await first).toBe('stored');
    expect(await bodies.with(uploaded('x'.repeat(100)), kindOf)).toBe('read');
  });

  it('that grows as it is unpacked takes the room of what it has become', async () => {
    const bodies = reader(100);
    const packed = gzipSync('x'.repeat(90));
    const kinds: string[] = [];
    let done: () => void = () => undefined;
    const both = [1, 2].map(() =>
      bodies.with(uploaded(packed, { 'content-encoding': 'gzip' }), async ({ kind }) => {
        kinds.push(kind);
        if (kind === 'read') await new Promise<void>((resolve) => (done = resolve));
      }),
    );
    await Promise.race(both);
    while (kinds.length < 2) await new Promise(setImmediate);
    done();
    await Promise.all(both);
    expect(kinds.sort()).toEqual(['no room', 'read']);
  });

  it('whose sender goes away gives its room back', async () => {
    const bodies = reader(100);
    const { request, body } = upload();
    body.write('x'.repeat(80));
    const read = bodies.with(request, kindOf);
    await new Promise(setImmediate);
    body.destroy();
    expect(await read).toBeUndefined();
    expect(await bodies.with(uploaded('x'.repeat(100)), kindOf)).toBe('read');
  });
});

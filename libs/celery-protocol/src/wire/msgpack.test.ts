// MessagePack: what is decoded, and what claims to be more than it is.
import { describe, expect, it } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { parseMsgpack } from './msgpack.js';

const bytes = (...parts: (number | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)));
const size = (width: 1 | 2 | 4, value: number): Buffer => {
  const buffer = Buffer.alloc(width);
  buffer.writeUIntBE(value, 0, width);
  return buffer;
};

describe('parseMsgpack', () => {
  it('decodes a value of every kind and width', () => {
    const strings = [0, 1, 31, 32, 255, 256, 65_535, 65_536].map((length) => 'x'.repeat(length));
    const lists = [0, 1, 15, 16, 65_535, 65_536].map((length) => Array.from({ length }, () => 1));
    const maps = [0, 1, 15, 16, 70_000].map((length) =>
      Object.fromEntries(Array.from({ length }, (_, i) => [`k${String(i)}`, i])),
    );
    const numbers = [
      0,
      127,
      128,
      255,
      256,
      65_535,
      65_536,
      2 ** 32 - 1,
      2 ** 32,
      2 ** 53 - 1,
      -1,
      -32,
      -33,
      -128,
      -129,
      -32_768,
      -32_769,
      -(2 ** 31),
      -(2 ** 31) - 1,
      0.5,
      1e300,
      NaN,
      -Infinity,
    ];
    for (const value of [{ strings, lists, numbers, plain: [null, true, false] }, { maps }])
      expect(parseMsgpack(Buffer.from(encode(value)))).toEqual(value);
    expect(parseMsgpack(Buffer.from(encode([0.5], { forceFloat32: true })))).toEqual([0.5]);
  });

  it('decodes bytes and extensions of every width', () => {
    const blobs = [1, 2, 4, 8, 16, 17, 300, 70_000].map((length) => new Uint8Array(length).fill(7));
    expect((parseMsgpack(Buffer.from(encode(blobs))) as Uint8Array[]).map((blob) => blob.length)).toEqual(
      blobs.map((blob) => blob.length),
    );
    for (const [head, length] of [
      [0xd4, 1],
      [0xd5, 2],
      [0xd6, 4],
      [0xd7, 8],
      [0xd8, 16],
    ] as const) {
      expect(parseMsgpack(bytes(0x92, head, 42, Buffer.alloc(length), 0x05))).toEqual([
        { type: 42, data: expect.anything() as unknown },
        5,
      ]);
    }
    for (const [head, width] of [
      [0xc7, 1],
      [0xc8, 2],
      [0xc9, 4],
    ] as const) {
      expect(parseMsgpack(bytes(0x92, head, size(width, 3), 42, Buffer.alloc(3), 0x05))).toEqual([
        { type: 42, data: expect.anything() as unknown },
        5,
      ]);
    }
  });

  it('refuses every length that is larger than what follows, in little time', () => {
    const start = performance.now();
    const claims = [
      ...[0xdc, 0xde].map((head) => bytes(head, size(2, 0xffff))),
      ...[0xdd, 0xdf].map((head) => bytes(head, size(4, 0xffffffff))),
      ...[0xc6, 0xdb, 0xc9].map((head) => bytes(head, size(4, 0xffffffff))),
      ...[0xc4, 0xd9, 0xc7].map((head) => bytes(head, size(1, 255))),
      bytes(0x9f),
      bytes(0x8f),
      bytes(0xbf),
      bytes(0x92, 0x01),
      bytes(0x81, 0xa1, 0x61),
      bytes(0xdd, size(4, 30e6)),
      bytes(0xcb),
      bytes(0xcf, 0, 0),
      bytes(0xd8, 1),
      bytes(0xdd),
      bytes(),
    ];
    for (const claim of claims) expect(() => parseMsgpack(claim)).toThrow();
    expect(performance.now() - start).toBeLessThan(1000);
  });

  it('refuses lists in lists that each claim millions of elements, before it makes one of them', () => {
    const before = process.memoryUsage().rss;
    const bomb = Buffer.concat(Array.from({ length: 2000 }, () => bytes(0xdd, size(4, 9_000_000))));
    expect(() => parseMsgpack(bomb)).toThrow(RangeError);
    // Here each claim alone would be true.
    const padded = Buffer.concat([
      ...Array.from({ length: 50 }, () => bytes(0xdd, size(4, 900_000))),
      Buffer.alloc(1_000_000),
    ]);
    expect(() => parseMsgpack(padded)).toThrow(RangeError);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });

  it('refuses millions of tiny values, which would take fifty times their bytes', () => {
    expect(() => parseMsgpack(bytes(0xdd, size(4, 2_000_000), Buffer.alloc(2_000_000, 0x80)))).toThrow(
      'too many values',
    );
    expect(parseMsgpack(bytes(0xdd, size(4, 200_000), Buffer.alloc(200_000, 0x90)))).toHaveLength(200_000);
  });

  it('decodes what is nested a hundred thousand times', () => {
    let value = parseMsgpack(bytes(Buffer.alloc(100_000, 0x91), 0xc0));
    let depth = 0;
    for (; Array.isArray(value); depth++) value = value[0] as unknown;
    expect([depth, value]).toEqual([100_000, null]);
  });

  it('refuses what follows the value, unknown heads, and keys that are no names', () => {
    expect(() => parseMsgpack(bytes(0x90, 0x90))).toThrow('Extra');
    expect(() => parseMsgpack(bytes(0xc1))).toThrow('Unrecognized');
    for (const key of [bytes(0x90), bytes(0x80), bytes(0xc0), bytes(0xc4, 1, 1)])
      expect(() => parseMsgpack(bytes(0x81, key, 0x01))).toThrow('key');
  });

  it('does not let a key reach the prototype', () => {
    const name = Buffer.from('__proto__');
    expect(() => parseMsgpack(bytes(0x81, 0xa0 + name.length, name, 0x81, 0xa1, 0x78, 0x01))).toThrow('__proto__');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

// How much is decoded follows from what the process has, and nothing that is decoded keeps it from all else for long.
import { describe, expect, it } from '@jest/globals';
import { decodeBody } from './body.js';
import { limitsFor, mostUnpacked, roomOfProcess, yamlLimits } from './limits.js';
import { Refusal } from './refusal.js';

const MB = 1024 * 1024;

describe('the limits', () => {
  it.each([
    [64, { bytes: 2 * MB, values: 16_384, valuesOfReply: 65_536 }],
    [256, { bytes: 8 * MB, values: 50_000, valuesOfReply: 250_000 }],
    [4096, { bytes: 16 * MB, values: 50_000, valuesOfReply: 250_000 }],
    [1, { bytes: MB, values: 10_000, valuesOfReply: 10_000 }],
  ])('of a process with %s MB', (room, limits) => {
    expect(limitsFor(room * MB)).toEqual(limits);
  });

  it('go by the container where that is smaller than the heap, and by the heap where there is none', () => {
    expect(roomOfProcess(4096 * MB, 256 * MB)).toBe(256 * MB);
    expect(roomOfProcess(128 * MB, 256 * MB)).toBe(128 * MB);
    // What Node.js says where nothing is limited.
    expect(roomOfProcess(4096 * MB, 0)).toBe(4096 * MB);
    expect(roomOfProcess(4096 * MB, 2 ** 63)).toBe(4096 * MB);
  });

  it('let small bodies grow a little, and large ones as far as a message may be', () => {
    const limits = limitsFor(256 * MB);
    expect(mostUnpacked(100, limits)).toBe(MB);
    expect(mostUnpacked(100_000, limits)).toBe(2_000_000);
    expect(mostUnpacked(2 * MB, limits)).toBe(8 * MB);
  });
});

/** The most of each that passes, in the form that takes longest. */
const VALUES = 50_000;
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
const { bytes: yamlBytes } = yamlLimits(VALUES);
const SLOWEST: Readonly<Record<string, readonly [contentType: string, body: () => string | Buffer]>> = {
  'keys in JSON': [
    'application/json',
    () =>
      `{${range(VALUES - 10)
        .map((n) => `"key${String(n)}":1`)
        .join(',')}}`,
  ],
  'objects of a key each': [
    'application/json',
    () =>
      `[${range(VALUES / 2 - 10)
        .map((n) => `{"k${String(n)}":1}`)
        .join(',')}]`,
  ],
  'escaped quotes': ['application/json', () => `["${'\\"'.repeat(4 * MB - 10)}",NaN]`],
  'an open string of escapes': ['application/json', () => `["${'\\"'.repeat(4 * MB - 10)}`],
  'letters of three bytes': ['application/json', () => `"${'漢'.repeat(2.5 * MB)}"`],
  'keys in MessagePack': [
    'application/x-msgpack',
    () => {
      const keys = range(VALUES / 2 - 10).map((n) => `\xa8${String(n).padStart(8, 'k')}\x01`);
      return Buffer.concat([
        Buffer.from([0xde, keys.length >> 8, keys.length & 255]),
        Buffer.from(keys.join(''), 'latin1'),
      ]);
    },
  ],
  'anchors in YAML': ['application/x-yaml', () => '- &a b\n- *a\n'.repeat(900)],
  'flow in YAML': ['application/x-yaml', () => `[${'a,'.repeat(6_000)}]`],
  'empty lines in YAML': ['application/x-yaml', () => `a: ${' \n'.repeat(yamlBytes / 2 - 10)}`],
};

describe('a body just within the limits', () => {
  it.each(Object.keys(SLOWEST))('is decoded in well under a second on a busy machine: %s', (kind) => {
    const [contentType, make] = SLOWEST[kind] as (typeof SLOWEST)[string];
    const body = Buffer.from(make());
    const took = Math.min(
      ...[1, 2, 3].map(() => {
        const began = performance.now();
        const decoded = decodeBody(body, contentType, 'plain', VALUES);
        const ms = performance.now() - began;
        if (decoded instanceof Refusal) expect(decoded.reason).not.toBe('too_large');
        return ms;
      }),
    );
    // 50 ms, and room for a machine on which other tests run.
    expect(took).toBeLessThan(250);
  });

  it('and one beyond them is refused without being decoded', () => {
    const over: readonly (readonly [string, string | Buffer])[] = [
      ['application/json', `[${'1,'.repeat(VALUES + 10)}1]`],
      ['application/x-yaml', `[${'a,'.repeat(VALUES)}1]`],
      ['application/x-yaml', ' '.repeat(yamlBytes + 1)],
      ['application/x-msgpack', Buffer.concat([Buffer.from([0xdd, 0, 1, 0, 0]), Buffer.alloc(65_536, 0x80)])],
    ];
    for (const [contentType, body] of over) {
      const refusal = decodeBody(Buffer.from(body), contentType, 'plain', VALUES);
      expect(['too_large', 'bad_body']).toContain((refusal as Refusal).reason);
    }
  });
});

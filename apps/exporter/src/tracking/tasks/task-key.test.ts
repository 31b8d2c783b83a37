// Keys of task ids: the same for the same id, different for any other.
import { describe, expect, it } from '@jest/globals';
import { key, mixed, setKey } from './task-key.js';
import { Random } from '../testing.js';

function keyOf(id: string): string {
  setKey(id);
  return [...key].map((word) => word.toString(16).padStart(8, '0')).join('');
}

describe('the key of a task id', () => {
  it('is the bits of a UUID', () => {
    expect(keyOf('01234567-89ab-cdef-fedc-ba9876543210')).toBe('0123456789abcdeffedcba9876543210');
    expect(keyOf('ffffffff-ffff-ffff-ffff-ffffffffffff')).toBe('f'.repeat(32));
  });

  it('is not the bits where a text only looks like a UUID', () => {
    const uuid = '01234567-89ab-4def-8edc-ba9876543210';
    for (const other of [
      uuid.toUpperCase(),
      `${uuid} `,
      uuid.slice(1),
      uuid.replaceAll('-', ''),
      uuid.replace('-', '_'),
      `${uuid.slice(0, 35)}g`,
      `-${uuid.slice(1)}`,
      `{${uuid.slice(2)}}`,
      '',
      'a',
      '-'.repeat(36),
      '0'.repeat(36),
      '\u0000'.repeat(36),
      '\ud800'.repeat(36),
    ])
      expect([other, keyOf(other)]).not.toEqual([other, '0123456789ab4def8edcba9876543210']);
  });

  it('does not depend on the id that was asked for before', () => {
    const first = keyOf('nightly-report');
    keyOf('01234567-89ab-4def-8edc-ba987654321z');
    expect(keyOf('nightly-report')).toBe(first);
  });

  it('differs for a quarter of a million ids that count upwards or are random', () => {
    const seen = new Set<string>();
    const random = new Random(1);
    for (let i = 0; i < 50_000; i++) {
      seen
        .add(keyOf(`job-${String(i)}`))
        .add(keyOf(String(i)))
        .add(keyOf(`2026-08-01T00:00:00.${String(i)}`))
        .add(keyOf(`${String(i)}:mail`));
      seen.add(keyOf(random.uuid()));
    }
    expect(seen.size).toBe(250_000);
  });

  it('differs where one character, its place or the case differs', () => {
    const ids = [
      'ab',
      'ba',
      'aab',
      'aba',
      'baa',
      'AB',
      'a b',
      'ab ',
      ' ab',
      'abc',
      'é',
      'e\u0301',
      '\u0000',
      '\u0000\u0000',
    ];
    expect(new Set(ids.map(keyOf)).size).toBe(ids.length);
  });
});

describe('the buckets of a hash table', () => {
  const COUNT = 16_384;
  const hex = (i: number): string => i.toString(16).padStart(8, '0');

  it.each<[string, (i: number) => string]>([
    ['count upwards in the last digits', (i) => `00000000-0000-0000-0000-0000${hex(i)}`],
    ['count upwards in the first digits', (i) => `${hex(i)}-0000-0000-0000-000000000000`],
    ['count upwards in the middle', (i) => `00000000-${hex(i).slice(0, 4)}-${hex(i).slice(4)}-0000-000000000000`],
    ['repeat one number at both ends', (i) => `${hex(i)}-0000-4000-8000-0000${hex(i)}`],
    [
      'repeat one number everywhere',
      (i) => `${hex(i)}-${hex(i).slice(4)}-${hex(i).slice(4)}-${hex(i).slice(4)}-0000${hex(i)}`,
    ],
    ['count in steps of 4096', (i) => `00000000-0000-0000-0000-0000${hex(i * 4096)}`],
    [
      'begin with the time, as UUIDs of version 7 do',
      (i) => `0198${hex(i * 3).slice(0, 4)}-${hex(i * 3).slice(4)}-7000-8000-000000000000`,
    ],
    ['are numbers', String],
    ['are long texts with a number', (i) => `tenant-42:billing:invoice:${String(i)}`],
  ])('are used evenly by ids that %s', (_, idOf) => {
    const buckets = new Uint32Array(COUNT);
    for (let i = 0; i < COUNT; i++) {
      setKey(idOf(i));
      const [k0, k1, k2, k3] = key as unknown as [number, number, number, number];
      (buckets[mixed(k0, k1, k2, k3) & (COUNT - 1)] as number)++;
    }
    // By chance alone 63 % would be in use, and the fullest would hold about eight.
    expect(buckets.filter((count) => count > 0).length).toBeGreaterThan(COUNT * 0.4);
    expect(Math.max(...buckets)).toBeLessThan(16);
  });
});

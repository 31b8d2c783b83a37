// Task ids: what Celery takes for one id is one here, what it takes for two is two, and nothing long is kept.
import { describe, expect, it } from '@jest/globals';
import { encode } from '@msgpack/msgpack';
import { Collector } from './testing-captures.js';
import { decodeEvents } from './event.js';
import { readTaskId } from './task-id.js';

/** Ids of which no two are one to Python, as `json.dumps` writes them. */
const DIFFERENT = [
  '1',
  '"1"',
  '"number 1"',
  '-1',
  '1.5',
  '"1.5"',
  '2',
  '1e+300',
  '1e-7',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '"9007199254740993"',
  '-9007199254740993',
  '18446744073709551615',
  '18446744073709551614',
  `1${'0'.repeat(400)}1`,
  `1${'0'.repeat(400)}2`,
  'false',
  'Infinity',
  '-Infinity',
  '"true"',
  '"a"',
  '"A"',
  '"é"',
  '"e\u0301"',
  '" "',
  String.raw`"\ud800"`,
  String.raw`"\udfff"`,
  String.raw`"a\u0000b"`,
  String.raw`"a\u0000"`,
  '"😀"',
  `"${'x'.repeat(512)}"`,
  `"${'x'.repeat(513)}"`,
  `"${'x'.repeat(514)}"`,
  `"${'x'.repeat(600)}${String.raw`\ud800`}"`,
  `"${'x'.repeat(600)}${String.raw`\ud801`}"`,
  `"${'é'.repeat(5000)}"`,
  '{"__type__":"uuid","__value__":{"hex":"12345678123412341234123456789abc"}}',
  '{"__type__":"uuid","__value__":{"hex":"12345678123412341234123456789abd"}}',
  '{"__type__":"datetime","__value__":"2026-01-02T00:00:00"}',
  '{"__type__":"date","__value__":"2026-01-02T00:00:00"}',
  '{"__type__":"decimal","__value__":"1.5"}',
  '{"__type__":"bytes","__value__":"YnU="}',
];

/** The ids of events, read as they come off the wire. */
function idsOf(contentType: string, body: Buffer): readonly string[] {
  const collector = new Collector();
  decodeEvents({ contentType, headers: {}, body }, collector);
  if (collector.refusals.length > 0) throw new Error(collector.refusals[0]?.detail);
  return collector.tasks.map(({ uuid }) => uuid);
}

const json = (...ids: readonly string[]): Buffer =>
  Buffer.from(
    `[${ids.map((id) => `{"type":"task-started","hostname":"w@h","timestamp":1,"pid":7,"uuid":${id}}`).join(',')}]`,
  );

describe('ids in events', () => {
  it('stay as many as they are, are the same at each sight, and are short', () => {
    const ids = idsOf('application/json', json(...DIFFERENT));
    expect(new Set(ids).size).toBe(DIFFERENT.length);
    expect(idsOf('application/json', json(...DIFFERENT.toReversed()))).toEqual(ids.toReversed());
    for (const [at, id] of DIFFERENT.entries()) expect(idsOf('application/json', json(id))).toEqual([ids[at]]);
    for (const id of ids) expect(id.length).toBeLessThanOrEqual(512);
  });

  it.each([
    ['1', '1.0'],
    ['1', 'true'],
    ['0', 'false'],
    ['0', '-0'],
    [
      '"12345678-1234-1234-1234-123456789abc"',
      '{"__type__":"uuid","__value__":{"hex":"12345678123412341234123456789abc"}}',
    ],
  ])('%s and %s are one, as in Python and for kombu before 5.3', (one, other) => {
    const ids = idsOf('application/json', json(one, other));
    expect(ids[0]).toBe(ids[1]);
  });

  it('keep their last digits in YAML and MessagePack, too', () => {
    const event = { type: 'task-started', hostname: 'w@h', timestamp: 1.5, pid: 7 };
    const large = [9007199254740993n, 9007199254740992n, 18446744073709551615n];
    const packed = encode(
      large.map((uuid) => ({ ...event, uuid })),
      { useBigInt64: true },
    );
    expect(idsOf('application/x-msgpack', Buffer.from(packed))).toEqual(large.map(readTaskId));
    const yaml = large.map(
      (uuid) => `- {type: task-started, hostname: w@h, timestamp: 1.5, pid: 7, uuid: ${String(uuid)}}`,
    );
    expect(idsOf('application/x-yaml', Buffer.from(yaml.join('\n')))).toEqual(large.map(readTaskId));
  });

  it('are none where they are null, or NaN, which is not even equal to itself', () => {
    expect(() => idsOf('application/json', json('null'))).toThrow('uuid');
    expect(() => idsOf('application/json', json('NaN'))).toThrow('uuid');
  });

  it('spoil nothing beside them where they are read again', () => {
    const collector = new Collector();
    const body = json('9007199254740993', '"a"')
      .toString()
      .replace('"pid":7', '"pid":7,"clock":9007199254740993,"x":NaN');
    decodeEvents({ contentType: 'application/json', headers: {}, body: Buffer.from(body) }, collector);
    expect(collector.tasks.map(({ pid, timestamp }) => [pid, timestamp])).toEqual([
      [7, 1],
      [7, 1],
    ]);
  });
});

describe('readTaskId', () => {
  it('knows no id where none is', () => {
    for (const value of [undefined, null, '', [], [1], {}, { hex: 'a' }, { __type__: 7, __value__: 1 }])
      expect(readTaskId(value)).toBeUndefined();
  });

  it('takes bytes for what they hold, not for the view of it', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    expect(readTaskId(bytes.subarray(1, 3))).toBe(readTaskId(new Uint8Array([2, 3])));
    expect(readTaskId(bytes)).not.toBe(readTaskId(new Uint8Array([2, 3])));
  });

  it('ends soon for millions of characters, and without an error for a thousand levels', () => {
    const start = performance.now();
    readTaskId('x'.repeat(12e6));
    idsOf('application/json', json(`1${'0'.repeat(5e6)}`));
    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    readTaskId({ __type__: 'x', __value__: deep });
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

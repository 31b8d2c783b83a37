// The reader of deliveries against frames that are put together here, however they are cut.
import { describe, expect, it } from '@jest/globals';
import { DeliveryReader, FrameError } from './delivery-reader.js';

function frame(type: number, channel: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(channel, 1);
  head.writeUInt32BE(payload.length, 3);
  return Buffer.concat([head, payload, Buffer.from([0xce])]);
}

const short = (text: string): Buffer => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);

function deliver(channel: number, tag: number, redelivered = false): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(tag));
  const method = Buffer.from([0, 60, 0, 60]);
  const rest = [
    short('amq.ctag-x'),
    number,
    Buffer.from([Number(redelivered)]),
    short('celeryev'),
    short('task.multi'),
  ];
  return frame(1, channel, Buffer.concat([method, ...rest]));
}

function header(channel: number, size: number, properties: string): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(60, 0);
  head.writeBigUInt64BE(BigInt(size), 4);
  return frame(2, channel, Buffer.concat([head, Buffer.from(properties)]));
}

function message(
  channel: number,
  tag: number,
  properties: string,
  parts: readonly string[],
  redelivered = false,
): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const bodies = parts.map((part) => frame(3, channel, Buffer.from(part)));
  return Buffer.concat([deliver(channel, tag, redelivered), header(channel, size, properties), ...bodies]);
}

const HEARTBEAT = frame(8, 0, Buffer.alloc(0));

/** Reads it all in pieces of that length; the other side decodes what is new, as amqplib does. */
function readAll(bytes: Buffer, piece: number, begun: Buffer = Buffer.alloc(0)): { taken: unknown[]; others: Buffer } {
  const taken: unknown[] = [];
  const others: Buffer[] = [];
  let bodyLeft = 0;
  const reader = new DeliveryReader(
    7,
    {
      delivery: ({ contentType }, body, redelivered, tag) => {
        taken.push([contentType, body.toString(), redelivered, tag]);
      },
      tooLarge: (bytes, tag) => {
        taken.push(['too large', bytes, tag]);
      },
      other: (frameOf) => {
        others.push(Buffer.from(frameOf));
        if (frameOf.readUInt16BE(1) !== 7) return;
        if (frameOf[0] === 2) bodyLeft = Number(frameOf.readBigUInt64BE(11));
        if (frameOf[0] === 3) bodyLeft -= frameOf.readUInt32BE(3);
        if (frameOf[0] !== 1 && bodyLeft === 0) reader.learn({ contentType: 'learnt', headers: {} });
      },
    },
    begun,
  );
  for (let at = 0; at < bytes.length; at += piece) reader.read(bytes.subarray(at, at + piece));
  return { taken, others: Buffer.concat(others) };
}

const STREAM = Buffer.concat([
  HEARTBEAT,
  message(7, 1, 'one', ['first']),
  message(7, 2, 'one', ['second']),
  message(3, 9, 'one', ['of another channel']),
  message(7, 3, 'one', ['third ', 'in ', 'parts'], true),
  frame(1, 7, Buffer.from([0, 60, 0, 30, 1, 120, 0])),
  message(7, 2 ** 40 + 5, 'one', []),
  HEARTBEAT,
  message(7, 5, 'two', ['new', ' properties']),
  message(7, 6, 'two', ['seen before']),
  message(7, 7, 'one', ['last']),
]);

describe('the reader of deliveries', () => {
  it.each([1, 2, 3, 7, 8, 13, 64, 100_000])('takes the messages of its channel, in pieces of %d bytes', (piece) => {
    const { taken, others } = readAll(STREAM, piece);
    expect(taken).toEqual([
      ['learnt', 'second', false, 2],
      ['learnt', 'third in parts', true, 3],
      ['learnt', '', false, 2 ** 40 + 5],
      ['learnt', 'seen before', false, 6],
      ['learnt', 'last', false, 7],
    ]);
    // What is left for amqplib is whole: heartbeats, other channels, a cancel, and each first message of its kind.
    expect(others).toEqual(
      Buffer.concat([
        HEARTBEAT,
        message(7, 1, 'one', ['first']),
        message(3, 9, 'one', ['of another channel']),
        frame(1, 7, Buffer.from([0, 60, 0, 30, 1, 120, 0])),
        HEARTBEAT,
        message(7, 5, 'two', ['new', ' properties']),
      ]),
    );
  });

  it.each([0, 3, 20, 45, 60])('goes on where amqplib has read %d bytes of a message', (begun) => {
    const first = message(7, 1, 'one', ['first']);
    const { others } = readAll(Buffer.concat([first.subarray(begun), HEARTBEAT]), 1000, first.subarray(0, begun));
    expect(others).toEqual(Buffer.concat([first, HEARTBEAT]));
  });

  it('leaves a message to amqplib of which amqplib has the beginning', () => {
    const rest = Buffer.concat([frame(3, 7, Buffer.from('body')), message(7, 2, 'one', ['next'])]);
    const { taken, others } = readAll(rest, 1000);
    expect([taken, others]).toEqual([[], rest]);
  });

  it('passes over a message that is too large, without keeping it', () => {
    const part = frame(3, 7, Buffer.alloc(1024 * 1024));
    const parts = Array.from({ length: 17 }, () => part);
    const large = [deliver(7, 2), header(7, 17 * 1024 * 1024, 'one'), ...parts, HEARTBEAT];
    const { taken, others } = readAll(Buffer.concat([...large, message(7, 3, 'one', ['next'])]), 65_536);
    expect(taken).toEqual([['too large', 17 * 1024 * 1024, 2]]);
    expect(others).toEqual(Buffer.concat([HEARTBEAT, message(7, 3, 'one', ['next'])]));
  });

  it('leaves long properties to amqplib each time, and learns anew where there are many', () => {
    const long = 'x'.repeat(1_001);
    const twice = Buffer.concat([message(7, 1, long, ['a']), message(7, 2, long, ['b'])]);
    expect(readAll(twice, 1_000).others).toEqual(twice);
    const many = Array.from({ length: 1_500 }, (_, i) => message(7, i, `p${String(i)}`, ['a']));
    const { taken } = readAll(Buffer.concat([...many, message(7, 1_500, 'p1499', ['again'])]), 65_536);
    expect(taken).toEqual([['learnt', 'again', false, 1_500]]);
  });

  it('refuses what is no frame, and a body that is longer than its header says', () => {
    expect(() => readAll(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 1000)).toThrow(FrameError);
    const broken = Buffer.from(HEARTBEAT);
    broken[broken.length - 1] = 0;
    expect(() => readAll(broken, 1000)).toThrow(FrameError);
    const long = [message(7, 1, 'one', ['x']), deliver(7, 2), header(7, 2, 'one'), frame(3, 7, Buffer.from('long'))];
    expect(() => readAll(Buffer.concat(long), 1000)).toThrow(FrameError);
  });
});

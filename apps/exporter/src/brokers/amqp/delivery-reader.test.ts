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

/** A content type, a content encoding, and one header that holds the text. */
function properties(text: string): Buffer {
  const size = (length: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length);
    return bytes;
  };
  const field = Buffer.concat([short('hostname'), Buffer.from('S'), size(text.length), Buffer.from(text)]);
  const flags = Buffer.from([0xe0, 0x00]);
  return Buffer.concat([flags, short('application/json'), short('utf-8'), size(field.length), field]);
}

function header(channel: number, size: number, text: string): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(60, 0);
  head.writeBigUInt64BE(BigInt(size), 4);
  return frame(2, channel, Buffer.concat([head, properties(text)]));
}

function message(channel: number, tag: number, host: string, parts: readonly string[], redelivered = false): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const bodies = parts.map((part) => frame(3, channel, Buffer.from(part)));
  return Buffer.concat([deliver(channel, tag, redelivered), header(channel, size, host), ...bodies]);
}

const HEARTBEAT = frame(8, 0, Buffer.alloc(0));

/** Reads it all in pieces of that length. */
function readAll(
  bytes: Buffer,
  piece: number,
  begun: Buffer = Buffer.alloc(0),
  isOver: () => boolean = () => false,
): { taken: unknown[]; others: Buffer; stops: number } {
  let stops = 0;
  const taken: unknown[] = [];
  const others: Buffer[] = [];
  const reader = new DeliveryReader(
    7,
    {
      delivery: ({ headers }, body, redelivered, tag) => {
        const { hostname } = headers as { hostname: string };
        taken.push([hostname.slice(0, 9), body.toString(), redelivered, tag]);
      },
      tooLarge: (size, tag) => {
        taken.push(['too large', size, tag]);
      },
      other: (frameOf) => {
        others.push(Buffer.from(frameOf));
      },
      isOver,
    },
    begun,
  );
  for (let at = 0; at < bytes.length; at += piece)
    for (let isDone = reader.read(bytes.subarray(at, at + piece)); !isDone; isDone = reader.read()) stops++;
  return { taken, others: Buffer.concat(others), stops };
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
  it('stops after each message where it is told to, and goes on where it was', () => {
    const { stops, ...read } = readAll(STREAM, 100_000, undefined, () => true);
    expect(stops).toBe(6);
    const { stops: none, ...whole } = readAll(STREAM, 100_000);
    expect(none).toBe(0);
    expect(read).toEqual(whole);
  });

  it.each([1, 2, 3, 7, 8, 13, 64, 100_000])('takes the messages of its channel, in pieces of %d bytes', (piece) => {
    const { taken, others } = readAll(STREAM, piece);
    expect(taken).toEqual([
      ['one', 'first', false, 1],
      ['one', 'second', false, 2],
      ['one', 'third in parts', true, 3],
      ['one', '', false, 2 ** 40 + 5],
      ['two', 'new properties', false, 5],
      ['two', 'seen before', false, 6],
      ['one', 'last', false, 7],
    ]);
    // What is left for amqplib: heartbeats, other channels, a cancel.
    expect(others).toEqual(
      Buffer.concat([
        HEARTBEAT,
        message(3, 9, 'one', ['of another channel']),
        frame(1, 7, Buffer.from([0, 60, 0, 30, 1, 120, 0])),
        HEARTBEAT,
      ]),
    );
  });

  it.each([0, 3, 20, 45, 60])('goes on where %d bytes of a frame were read before', (begun) => {
    const first = message(7, 1, 'one', ['first']);
    const { taken } = readAll(first.subarray(begun), 1000, first.subarray(0, begun));
    expect(taken).toEqual([['one', 'first', false, 1]]);
  });

  it('passes over a message that is too large, without keeping it', () => {
    const part = frame(3, 7, Buffer.alloc(1024 * 1024));
    const parts = Array.from({ length: 17 }, () => part);
    const large = [deliver(7, 2), header(7, 17 * 1024 * 1024, 'one'), ...parts, HEARTBEAT];
    const { taken, others } = readAll(Buffer.concat([...large, message(7, 3, 'one', ['next'])]), 65_536);
    expect(taken).toEqual([
      ['too large', 17 * 1024 * 1024, 2],
      ['one', 'next', false, 3],
    ]);
    expect(others).toEqual(HEARTBEAT);
  });

  it('reads properties of any length, and of any number', () => {
    const long = 'x'.repeat(5_000);
    const many = Array.from({ length: 2_500 }, (_, i) => message(7, i, `p${String(i)}`, ['a']));
    const { taken } = readAll(Buffer.concat([message(7, 1, long, ['long']), ...many]), 65_536);
    expect(taken.length).toBe(2_501);
    expect([taken[0], taken[2_500]]).toEqual([
      ['xxxxxxxxx', 'long', false, 1],
      ['p2499', 'a', false, 2_499],
    ]);
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

// The replies of a subscription, read in whatever pieces they come.
import { describe, expect, it } from '@jest/globals';
import { MAX_MESSAGE_BYTES } from '@celery-watch/celery-protocol';
import { ProtocolError, PushReader } from './push-reader.js';

function reader(): { readonly read: (chunk: Buffer) => void; readonly seen: string[] } {
  const seen: string[] = [];
  const push = new PushReader({
    message: (payload) => {
      seen.push(`message ${payload.length < 100 ? payload.toString('latin1') : String(payload.length)}`);
    },
    tooLarge: (bytes) => {
      seen.push(`too large ${String(bytes)}`);
    },
    answer: (word) => {
      seen.push(`answer ${word}`);
    },
    error: (text) => {
      seen.push(`error ${text}`);
    },
  });
  return {
    read: (chunk) => {
      push.read(chunk);
    },
    seen,
  };
}

const bulk = (text: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from(`$${String(text.length)}\r\n`), Buffer.from(text), Buffer.from('\r\n')]);
const message = (payload: string | Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('*4\r\n'),
    bulk('pmessage'),
    bulk('/0.celeryev/*'),
    bulk('/0.celeryev/task.multi'),
    bulk(payload),
  ]);
const acknowledgement = (pattern: string, count: number): Buffer =>
  Buffer.concat([Buffer.from('*3\r\n'), bulk('psubscribe'), bulk(pattern), Buffer.from(`:${String(count)}\r\n`)]);
const pong = Buffer.from('*2\r\n$4\r\npong\r\n$0\r\n\r\n');

it('stops where it is told to, gives back what it has not read, and goes on with that', () => {
  const seen: string[] = [];
  let left = 1;
  const nothing = (): void => undefined;
  const push = new PushReader({
    message: (payload) => void seen.push(payload.toString()),
    tooLarge: nothing,
    answer: nothing,
    error: nothing,
    isOver: () => --left === 0,
  });
  const bytes = Buffer.concat([message('one'), message('two'), message('three')]);
  const rest = push.read(bytes.subarray(0, bytes.length - 3));
  expect(seen).toEqual(['one']);
  expect(push.read(rest as Buffer)).toBeUndefined();
  expect(seen).toEqual(['one', 'two']);
  expect(push.read(bytes.subarray(bytes.length - 3))).toBeUndefined();
  expect(seen).toEqual(['one', 'two', 'three']);
});

const STREAM = Buffer.concat([
  acknowledgement('/0.celeryev/*', 1),
  acknowledgement('/0.celeryev', 2),
  message('one'),
  pong,
  message(''),
  message('two\r\n*4\r\n$-1'),
  message(Buffer.from([0, 255, 13, 10])),
  Buffer.from('+PONG\r\n'),
  Buffer.from('-ERR no: such\r\n'),
  message('x'.repeat(70_000)),
  message('last'),
]);
const SEEN = [
  'answer psubscribe',
  'answer psubscribe',
  'message one',
  'answer pong',
  'message ',
  'message two\r\n*4\r\n$-1',
  'message \x00ÿ\r\n',
  'answer pong',
  'error ERR no: such',
  'message 70000',
  'message last',
];

describe('what a subscription brings is read', () => {
  it('from one chunk', () => {
    const { read, seen } = reader();
    read(STREAM);
    expect(seen).toEqual(SEEN);
  });

  it.each([1, 2, 3, 7, 16, 1_000, 65_536])('from chunks of %i bytes', (size) => {
    const { read, seen } = reader();
    for (let at = 0; at < STREAM.length; at += size) read(STREAM.subarray(at, at + size));
    expect(seen).toEqual(SEEN);
  });

  it('however the first part is cut', () => {
    for (let cut = 0; cut <= 400; cut += 1) {
      const { read, seen } = reader();
      read(STREAM.subarray(0, cut));
      read(Buffer.alloc(0));
      read(STREAM.subarray(cut));
      expect(seen).toEqual(SEEN);
    }
  });

  it.each([1, 1_000_000, 100_000_000])(
    'past a message that is too large, which is not kept (chunks of %i bytes)',
    (size) => {
      const stream = Buffer.concat([
        message('before'),
        message(Buffer.alloc(MAX_MESSAGE_BYTES + 1, '*')),
        message('behind'),
      ]);
      const { read, seen } = reader();
      const bySmall = Math.min(200, stream.length);
      if (size === 1) {
        for (let at = 0; at < bySmall; at += 1) read(stream.subarray(at, at + 1));
        read(stream.subarray(bySmall));
      } else {
        for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
      }
      expect(seen).toEqual(['message before', `too large ${String(MAX_MESSAGE_BYTES + 1)}`, 'message behind']);
    },
  );

  it('with the largest message that is allowed', () => {
    const { read, seen } = reader();
    read(message(Buffer.alloc(MAX_MESSAGE_BYTES, 'a')));
    expect(seen).toEqual([`message ${String(MAX_MESSAGE_BYTES)}`]);
  });

  it.each<[string, string]>([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n'],
    ['TLS', '\x15\x03\x01'],
    ['an array in an array', '*2\r\n*1\r\n'],
    ['a length that is no number', '*x\r\n'],
    ['a missing value', '*1\r\n$-1\r\n'],
    ['a line without an end', `+${'x'.repeat(70_000)}`],
  ])('and refused where it is no RESP: %s', (_what, text) => {
    expect(() => {
      reader().read(Buffer.from(text, 'latin1'));
    }).toThrow(ProtocolError);
  });
});

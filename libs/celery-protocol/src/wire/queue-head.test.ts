// The next message of a queue: a task of which the body need not be opened, or something that can be told from others.
import { describe, expect, it } from '@jest/globals';
import { MAX_MESSAGE_BYTES } from './message.js';
import { CUT_BYTES, readCutHead, readQueueHead } from './queue-head.js';
import { readTaskId } from './task-id.js';
import { envelope } from './testing-captures.js';

/** kombu's table of compressions beside zlib (docs/protocol/envelopes.md#compression). */
const METHODS = ['application/x-bz2', 'application/x-lzma', 'application/x-brotli', 'application/zstd'];
const PICKLE = 'application/x-python-serialize';

describe('readQueueHead', () => {
  it.each(METHODS)('reads a task of protocol 2 whose body is compressed with %s', (compression) => {
    const headers = { task: 't', id: 'i', eta: '2026-01-02T00:00:00', compression };
    for (const contentType of ['application/json', PICKLE]) {
      const payload = envelope(Buffer.from('BZh91AY&SY'), { headers, 'content-type': contentType });
      expect(readQueueHead(payload)).toEqual({ id: 'i', eta: '2026-01-02T00:00:00' });
    }
  });

  it.each([
    ['protocol 1 in pickle', envelope(Buffer.from([0x80, 2]), { headers: {}, 'content-type': PICKLE }), /pickle/],
    ...METHODS.map(
      (compression) =>
        [
          `protocol 1 in ${compression}`,
          envelope(Buffer.from('BZh'), { headers: { compression } }),
          /compressed/,
        ] as const,
    ),
    ['a text', Buffer.from('hello'), /not JSON/],
    ['JSON of another program', Buffer.from('{"job":7}'), /no body/],
    ['an envelope without a task', envelope(Buffer.from('{}'), { headers: {} }), /not a task message of Celery/],
    ['nothing at all', Buffer.alloc(0), /not JSON/],
    ['17 MB', Buffer.alloc(MAX_MESSAGE_BYTES + 1, 0x20), /16777217 bytes/],
  ])('knows %s again, and says why it cannot be read', (_what, payload, reason) => {
    const head = readQueueHead(payload);
    const isCut = payload.length > MAX_MESSAGE_BYTES && { isCut: true };
    expect(head).toEqual({ id: expect.any(String), eta: null, unread: expect.stringMatching(reason), ...isCut });
    expect(readQueueHead(Buffer.from(payload))).toEqual(head);
    const other = Buffer.concat([payload, Buffer.from(' ')]);
    expect(readQueueHead(other).id).not.toBe(head.id);
    expect(head.id.length).toBeLessThan(100);
  });

  it('knows a message that is too large by its beginning and its length, whether it was fetched whole or not', () => {
    const payload = Buffer.alloc(MAX_MESSAGE_BYTES + 1, 0x20);
    expect(readCutHead(payload.length, payload.subarray(0, CUT_BYTES))).toEqual(readQueueHead(payload));
    expect(readCutHead(payload.length + 1, payload.subarray(0, CUT_BYTES)).id).not.toBe(readQueueHead(payload).id);
  });

  it('keeps the last digits of a number that is an id, in both protocols', () => {
    const headers = Buffer.from('{"body":"","headers":{"task":"t","id":9007199254740993,"eta":null}}');
    expect(readQueueHead(headers).id).toBe(readTaskId(9007199254740993n));
    const body = Buffer.from('{"task":"t","id":9007199254740993}');
    expect(readQueueHead(envelope(body, { headers: {} })).id).toBe(readTaskId(9007199254740993n));
  });
});

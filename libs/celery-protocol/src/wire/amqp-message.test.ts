// Messages of AMQP: whatever the properties hold, a message or a refusal comes out, and never more than it may be.
import { describe, expect, it } from '@jest/globals';
import { deflateSync, gzipSync } from 'node:zlib';
import { readAmqpMessage } from './amqp-message.js';
import { decodeBody } from './body.js';
import { MAX_MESSAGE_BYTES } from './message.js';
import { Refusal } from './refusal.js';
import { captureLines } from './testing-captures.js';

const JSON_TYPE = 'application/json';
const TEXT = '{"type":"worker-heartbeat"}';

/** The body as text, or the reason of the refusal. */
function said(properties: object, body: Buffer): string {
  const read = readAmqpMessage(properties, body);
  return read instanceof Refusal ? read.reason : read.body.toString();
}

describe('readAmqpMessage', () => {
  it('hands on content type, headers and body as they are', () => {
    const body = Buffer.from(TEXT);
    expect(readAmqpMessage({ contentType: 'application/x-yaml', headers: { hostname: 'w@h' } }, body)).toEqual({
      contentType: 'application/x-yaml',
      headers: { hostname: 'w@h' },
      body,
    });
  });

  it('takes a message without properties for JSON without headers', () => {
    expect(readAmqpMessage({}, Buffer.from(TEXT))).toEqual({
      contentType: JSON_TYPE,
      headers: {},
      body: Buffer.from(TEXT),
    });
    expect(said({ contentType: null, headers: null }, Buffer.from(TEXT))).toBe(TEXT);
  });

  it('unpacks what kombu compressed, under any of its names', () => {
    for (const compression of ['application/x-gzip', 'gzip', 'zlib'])
      for (const packed of [deflateSync(TEXT), gzipSync(TEXT)])
        expect(said({ contentType: JSON_TYPE, headers: { compression } }, packed)).toBe(TEXT);
    expect(said({ headers: { compression: 'zlib' } }, Buffer.from(TEXT))).toBe('bad_body');
    expect(said({ headers: { compression: 'application/x-bz2' } }, Buffer.from(TEXT))).toBe('compression');
  });

  it('refuses what is larger than any message of Celery, packed or not', () => {
    expect(said({}, Buffer.alloc(MAX_MESSAGE_BYTES))).toHaveLength(MAX_MESSAGE_BYTES);
    expect(said({}, Buffer.alloc(MAX_MESSAGE_BYTES + 1))).toBe('too_large');
    const bomb = deflateSync(Buffer.alloc(MAX_MESSAGE_BYTES));
    expect(said({ headers: { compression: 'zlib' } }, bomb)).toBe('too_large');
  });

  it('refuses properties of another type than kombu writes', () => {
    for (const contentType of [7, {}, ['x'], Buffer.from('x'), true])
      expect(said({ contentType }, Buffer.from(TEXT))).toBe('bad_envelope');
    for (const headers of [7, 'x', ['x'], true]) expect(said({ headers }, Buffer.from(TEXT))).toBe('bad_envelope');
  });

  it('opens every task message that was fetched from a queue', () => {
    const outcomes = captureLines('amqp-task-messages-in-queue-5.6.3.jsonl').map(
      ({ properties, body, body_b64: raw }) => {
        const bytes = typeof raw === 'string' ? Buffer.from(raw, 'base64') : Buffer.from(String(body));
        const message = readAmqpMessage(properties as object, bytes);
        if (message instanceof Refusal) return message.reason;
        const value = decodeBody(message.body, message.contentType);
        return value instanceof Refusal ? value.reason : `${String(message.headers['task'])} ${typeof value}`;
      },
    );
    // Five of protocol 2, one of protocol 1, which names its task in the body, and one that was pickled and compressed.
    const named = Array.from({ length: 5 }, () => 'facts.add object');
    expect(outcomes).toEqual([...named, 'undefined object', 'pickle']);
  });
});

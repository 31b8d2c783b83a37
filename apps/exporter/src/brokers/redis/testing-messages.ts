// For tests: messages as kombu writes them into Redis (docs/protocol/envelopes.md#envelope), and what is none.
import type { RefusalReason } from '@celery-watch/celery-protocol';
import { EVENTS, message, type SentMessage } from '../broker-contract.js';

/** The envelope around a message. */
export function envelope({ body, contentType, headers }: SentMessage): Buffer {
  const properties = {
    delivery_mode: 1,
    delivery_info: { exchange: '', routing_key: 'x' },
    priority: 0,
    body_encoding: 'base64',
    delivery_tag: '3364bae5-32ec-4379-9918-2586b9186188',
  };
  const encoded = body.toString('base64');
  return Buffer.from(
    JSON.stringify({ body: encoded, 'content-encoding': 'utf-8', 'content-type': contentType, headers, properties }),
  );
}

/** A task that waits. */
export function taskEnvelope(id: string): Buffer {
  return envelope(message([[1, 2], {}, {}], { lang: 'py', task: 'facts.add', id, eta: null }));
}

export const MALFORMED: readonly { readonly payload: Buffer; readonly reason: RefusalReason }[] = [
  { payload: Buffer.from(''), reason: 'not_json' },
  { payload: Buffer.from('hello'), reason: 'not_json' },
  { payload: Buffer.from([0xff, 0xfe, 0x00, 0x0d, 0x0a, 0x80]), reason: 'not_json' },
  { payload: envelope(EVENTS[0] as SentMessage).subarray(0, 100), reason: 'not_json' },
  { payload: Buffer.from('[]'), reason: 'bad_envelope' },
  { payload: Buffer.from('{"body": {"a": 1}}'), reason: 'bad_envelope' },
  { payload: Buffer.alloc(100_000, '{'), reason: 'not_json' },
  { payload: Buffer.alloc(17 * 1024 * 1024, 'a'), reason: 'too_large' },
];

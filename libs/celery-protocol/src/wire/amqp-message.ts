// A message as AMQP delivers it: what kombu puts into an envelope on Redis stands in the properties, and the body is
// the serializer's own bytes (docs/protocol/rabbitmq.md#messages).
import { decompress } from './compression.js';
import { isRecord } from './is-record.js';
import { MAX_MESSAGE_BYTES, type Message } from './message.js';
import { Refusal } from './refusal.js';

/** The properties that matter, under the names that clients for Node.js give them; none is there by duty. */
export interface AmqpProperties {
  readonly contentType?: unknown;
  readonly headers?: unknown;
}

const NO_HEADERS: Readonly<Record<string, unknown>> = {};

/**
 * The message, or why it cannot be read. Never throws. A content type that is missing means JSON, as in an envelope;
 * the content encoding is not looked at, since the serializer settles it.
 */
export function readAmqpMessage(properties: AmqpProperties, body: Buffer): Message | Refusal {
  if (body.length > MAX_MESSAGE_BYTES) return new Refusal('too_large', `${String(body.length)} bytes`);
  const contentType = properties.contentType ?? 'application/json';
  const headers = properties.headers ?? NO_HEADERS;
  if (typeof contentType !== 'string' || !isRecord(headers))
    return new Refusal('bad_envelope', 'content type or headers of a wrong type');
  const unpacked = decompress(body, headers['compression']);
  return unpacked instanceof Refusal ? unpacked : { contentType, headers, body: unpacked };
}

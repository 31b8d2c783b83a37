// Unpacks a body that was compressed by its sender, as the message's header says, and no more than it may grow.
import { gunzipSync, inflateSync } from 'node:zlib';
import { MAX_MESSAGE_BYTES } from './message.js';
import { Refusal } from './refusal.js';

/** kombu's name for zlib, and the aliases that it takes as well (docs/protocol/envelopes.md#compression). */
const ZLIB: readonly unknown[] = ['application/x-gzip', 'gzip', 'zlib'];

/**
 * How large a body may become that is unpacked: a message of 16 kB can grow a thousandfold, and fifty of them then
 * stand still for a minute. Task messages of megabytes shrink to a twentieth at best.
 */
const UNPACKED_BYTES = 1024 * 1024;
const UNPACKED_RATIO = 20;

/** kombu's compression header; only what Node reads without help. */
export function decompress(body: Buffer, method: unknown): Buffer | Refusal {
  if (method === undefined || method === null) return body;
  const maxOutputLength = Math.min(MAX_MESSAGE_BYTES, Math.max(UNPACKED_BYTES, UNPACKED_RATIO * body.length));
  const limit = { maxOutputLength };
  try {
    // kombu registers zlib under the name application/x-gzip, so the bytes decide
    // (docs/protocol/envelopes.md#compression).
    if (ZLIB.includes(method)) return body[0] === 0x1f ? gunzipSync(body, limit) : inflateSync(body, limit);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      return new Refusal('too_large', `more than ${String(maxOutputLength)} bytes once it is decompressed`);
    return new Refusal('bad_body', 'does not decompress');
  }
  return new Refusal(
    'compression',
    `compressed with ${typeof method === 'string' ? JSON.stringify(method.slice(0, 80)) : 'what is no text'}`,
  );
}

// Unpacks a body that was compressed by its sender, as the message's header says, and no more than it may grow.
import { gunzipSync, inflateSync } from 'node:zlib';
import { mostUnpacked } from './limits.js';
import { Refusal } from './refusal.js';

/** kombu's name for zlib, and the aliases that it takes as well (docs/protocol/envelopes.md#compression). */
const ZLIB: readonly unknown[] = ['application/x-gzip', 'gzip', 'zlib'];

/** kombu's compression header; only what Node reads without help. */
export function decompress(body: Buffer, method: unknown): Buffer | Refusal {
  if (method === undefined || method === null) return body;
  const maxOutputLength = mostUnpacked(body.length);
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

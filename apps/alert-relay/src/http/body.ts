// Reads the body of a post, whatever its sender made of it: nothing of what arrived is thrown away unseen but what is
// over the limit.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';

export type Body =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  /** `length`: what arrived, or what it would have been unpacked, as far as is known. */
  | { readonly kind: 'too large'; readonly length: number | undefined }
  /** `bytes` as they came. */
  | { readonly kind: 'undecodable'; readonly bytes: Buffer; readonly reason: string };

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;

/** `limit` in bytes, packed and unpacked. Rejects where the sender goes away before the end. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  const packed = await collect(request, limit);
  if (!Buffer.isBuffer(packed)) return { kind: 'too large', length: packed.length };
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return { kind: 'read', bytes: packed };
  if (!isKnown(encoding))
    return { kind: 'undecodable', bytes: packed, reason: 'packed in a way that is not known (Content-Encoding)' };
  try {
    return { kind: 'read', bytes: await DECODERS[encoding](packed, { maxOutputLength: limit }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      return { kind: 'too large', length: undefined };
    return { kind: 'undecodable', bytes: packed, reason: `no ${encoding}` };
  }
}

/**
 * What is over the limit is read to its end all the same: who is still writing when the answer comes does not read it.
 */
async function collect(request: IncomingMessage, limit: number): Promise<Buffer | { readonly length: number }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > limit ? { length } : Buffer.concat(chunks, length);
}

function isKnown(encoding: string): encoding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, encoding);
}

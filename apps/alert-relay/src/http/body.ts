// Reads the body of a post: its bytes, unpacked, whatever its sender made of them, and within the memory that there is.
import type { IncomingMessage } from 'node:http';
import { setImmediate as otherWork } from 'node:timers/promises';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { type BodyLimits, BodyRoom, ValueCount } from './body-limits.js';
import { Collected } from './collected.js';

export type Body =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  /** `length`: how many bytes arrived, or how many there would be unpacked; undefined where that is not known. */
  | { readonly kind: 'too large'; readonly length: number | undefined }
  | { readonly kind: 'too many values' }
  /** `bytes` as they came. */
  | { readonly kind: 'undecodable'; readonly bytes: Buffer; readonly reason: string }
  /** Other bodies take all the memory that there is for them: try again. */
  | { readonly kind: 'no room' };

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;

export class BodyReader {
  readonly limits: BodyLimits;
  readonly #room: BodyRoom;
  /** One is unpacked after the other: how large it becomes shows only then. */
  #unpacking: Promise<unknown> = Promise.resolve();

  constructor(limits: BodyLimits) {
    this.limits = limits;
    this.#room = new BodyRoom(limits.bytes);
  }

  /**
   * Reads a body and hands it to `use`; until that is done its bytes count as taken. Undefined where the sender goes
   * away before the end.
   */
  async with<T>(request: IncomingMessage, use: (body: Body) => Promise<T>): Promise<T | undefined> {
    const lease = new Lease(this.#room);
    try {
      const body = await this.#read(request, lease);
      return body === undefined ? undefined : await use(body);
    } finally {
      lease.end();
    }
  }

  async #read(request: IncomingMessage, lease: Lease): Promise<Body | undefined> {
    const { bytes: limit, values } = this.limits;
    const packed = await collect(request, limit, lease);
    if (packed === 'gone') return undefined;
    if (packed === 'no room') return { kind: 'no room' };
    if (!Buffer.isBuffer(packed)) return { kind: 'too large', length: packed.length };
    const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
    const body =
      encoding === 'identity' || encoding === ''
        ? ({ kind: 'read', bytes: packed } as const)
        : await this.#unpack(packed, encoding, lease);
    return body.kind === 'read' && (await holdsMoreValues(body.bytes, values)) ? { kind: 'too many values' } : body;
  }

  #unpack(packed: Buffer, encoding: string, lease: Lease): Promise<Body> {
    if (!isKnown(encoding))
      return Promise.resolve({
        kind: 'undecodable',
        bytes: packed,
        reason: 'packed in a way that is not known (Content-Encoding)',
      });
    const unpacked = this.#unpacking.then(async (): Promise<Body> => {
      try {
        const bytes = await DECODERS[encoding](packed, { maxOutputLength: this.limits.bytes });
        // The packed bytes are done with.
        lease.end();
        return lease.take(bytes.length) ? { kind: 'read', bytes } : { kind: 'no room' };
      } catch (error) {
        return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
          ? { kind: 'too large', length: undefined }
          : { kind: 'undecodable', bytes: packed, reason: `no ${encoding}` };
      }
    });
    this.#unpacking = unpacked;
    return unpacked;
  }
}

/** What one body has taken of the room. */
class Lease {
  readonly #room: BodyRoom;
  #bytes = 0;

  constructor(room: BodyRoom) {
    this.#room = room;
  }

  take(bytes: number): boolean {
    const isTaken = this.#room.take(bytes);
    if (isTaken) this.#bytes += bytes;
    return isTaken;
  }

  end(): void {
    this.#room.giveBack(this.#bytes);
    this.#bytes = 0;
  }
}

/** Counted at a time: a millisecond, or some where it is the first of the thread. */
const SLICE = 65_536;

/** Whether a text that may be JSON has more values than `max`. A large one holds up nobody meanwhile. */
async function holdsMoreValues(body: Uint8Array, max: number): Promise<boolean> {
  // No value takes less than two bytes, its comma or its closing bracket included.
  if (body.length <= 2 * max) return false;
  const count = new ValueCount();
  for (let at = 0; at < body.length; at += SLICE) {
    if (at > 0) await otherWork();
    count.add(body.subarray(at, at + SLICE));
    if (count.values > max) return true;
  }
  return false;
}

/**
 * A body over the limit, or without room, is read to its end all the same: a sender that is still writing does not read
 * the answer. `gone`: the sender went away before its end.
 */
function collect(
  request: IncomingMessage,
  limit: number,
  lease: Lease,
): Promise<Buffer | { readonly length: number } | 'no room' | 'gone'> {
  const collected = new Collected();
  let length = 0;
  let hasRoom = true;
  const take = (chunk: Buffer): void => {
    length += chunk.length;
    hasRoom &&= length > limit || lease.take(chunk.length);
    if (hasRoom && length <= limit) {
      collected.add(chunk);
    } else {
      collected.drop();
      lease.end();
    }
  };
  // An async iteration over the request costs as much as parsing the post.
  return new Promise((resolve) => {
    const gone = (): void => resolve('gone');
    if (request.destroyed) return gone();
    request.on('data', take);
    request.once('end', () => {
      if (length > limit) resolve({ length });
      else resolve(hasRoom ? collected.bytes() : 'no room');
    });
    request.once('error', gone);
    request.once('close', gone);
  });
}

function isKnown(encoding: string): encoding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, encoding);
}

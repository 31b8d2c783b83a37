// MessagePack bodies. The decoder makes an array as long as its head claims before it has read one element, so the
// claims are added up first: a body of twenty bytes must not cost gigabytes.
import { decode } from '@msgpack/msgpack';
import { LIMITS } from './limits.js';
import type { Numbers } from './numbers.js';

/** Decodes MessagePack; throws for what is not, or claims to hold more than it does. */
export function parseMsgpack(body: Buffer, numbers: Numbers = 'plain', most = LIMITS.valuesOfReply): unknown {
  checkClaims(body, most);
  return decode(body, { useBigInt64: numbers === 'exact' });
}

/**
 * Walks from head to head without decoding. `due` is how many values are still to come, all open arrays and maps
 * together.
 */
function checkClaims(body: Buffer, most: number): void {
  let values = 0;
  let at = 0;
  for (let due = 1; due > 0; due--) {
    // Each value takes one byte at least.
    if (due > body.length - at) throw new RangeError('claims more values than there are bytes');
    if (++values > most) throw new RangeError('too many values');
    const head = body.readUInt8(at++);
    const size = HEADS[head] ?? 0;
    const count = size === 0 ? 0 : body.readUIntBE(at, size);
    at += size;
    if (head >= 0x80 && head <= 0x8f) due += 2 * (head & 0x0f);
    else if (head >= 0x90 && head <= 0x9f) due += head & 0x0f;
    else if (head >= 0xa0 && head <= 0xbf) at += head & 0x1f;
    else if (head === 0xde || head === 0xdf) due += 2 * count;
    else if (head === 0xdc || head === 0xdd) due += count;
    else at += count + (FIXED[head] ?? 0);
  }
}

/** Bytes that say a length or a number of values, by head: bin, ext, str, array, map. */
const HEADS: Readonly<Record<number, number>> = {
  0xc4: 1,
  0xc5: 2,
  0xc6: 4,
  0xc7: 1,
  0xc8: 2,
  0xc9: 4,
  0xd9: 1,
  0xda: 2,
  0xdb: 4,
  0xdc: 2,
  0xdd: 4,
  0xde: 2,
  0xdf: 4,
};
/** Bytes that follow besides: numbers, and the type of an ext. */
const FIXED: Readonly<Record<number, number>> = {
  0xc7: 1,
  0xc8: 1,
  0xc9: 1,
  0xca: 4,
  0xcb: 8,
  0xcc: 1,
  0xcd: 2,
  0xce: 4,
  0xcf: 8,
  0xd0: 1,
  0xd1: 2,
  0xd2: 4,
  0xd3: 8,
  0xd4: 2,
  0xd5: 3,
  0xd6: 5,
  0xd7: 9,
  0xd8: 17,
};

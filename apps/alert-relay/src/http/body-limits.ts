// How much of posts may be in memory at once, from the memory that there is: a post that ends the process would come
// again and end it again.
import { getHeapStatistics } from 'node:v8';

export interface BodyLimits {
  /** Of one body, packed and unpacked, and of all that are in memory at once. */
  readonly bytes: number;
  /** JSON values in one body. */
  readonly values: number;
  /** Whether memory sets the limit of bytes, not `limits.body_bytes`. */
  readonly isByMemory: boolean;
}

/** Measured: a post of many small alerts takes up to twelve times its size until it is stored. */
const HEAP_PER_BYTE = 16;
/** An object of two characters takes up to 200 bytes until it is stored, a label with its copy about as much. */
const HEAP_PER_VALUE = 400;

/** `memory`: bytes that the heap may have. */
export function bodyLimits(configured: number, memory: number): BodyLimits {
  const bytes = Math.min(configured, Math.floor(memory / HEAP_PER_BYTE));
  return { bytes, values: Math.floor(memory / HEAP_PER_VALUE), isByMemory: bytes < configured };
}

/** What V8 allows the heap, or half of what the container has where that is less. */
export function heapMemory(): number {
  const container = process.constrainedMemory();
  const { heap_size_limit: heap } = getHeapStatistics();
  return container > 0 ? Math.min(heap, container / 2) : heap;
}

/** The bytes of bodies that are in memory now. */
export class BodyRoom {
  readonly #bytes: number;
  #taken = 0;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  /** Whether there was room; then it is taken. */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.#bytes) return false;
    this.#taken += bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#taken -= bytes;
  }
}

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];

/**
 * Counts the values of a text that may be JSON, piece by piece. Each has a comma or an opening bracket before it; what
 * is empty counts twice.
 */
export class ValueCount {
  values = 0;
  #isInString = false;
  #isEscaped = false;

  /** The next piece of the text. */
  add(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#isInString) {
        at = this.#leaveString(piece, at);
        continue;
      }
      const byte = piece[at++];
      if (byte === QUOTE) this.#isInString = true;
      else if (byte === COMMA || byte === BRACKET || byte === BRACE) this.values++;
    }
  }

  /** Where the text goes on behind the string that it is in. */
  #leaveString(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at++) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (piece[at] === BACKSLASH) this.#isEscaped = true;
      else if (piece[at] === QUOTE) {
        this.#isInString = false;
        return at + 1;
      }
    }
    return piece.length;
  }
}

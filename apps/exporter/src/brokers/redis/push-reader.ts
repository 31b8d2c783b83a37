// Reads what a subscription brings: RESP 2, as far as PUB/SUB uses it, with as little work for each message as can be.
import { MAX_MESSAGE_BYTES } from '@celery-watch/celery-protocol';

export interface PushListener {
  /** The payload of a pmessage. It lies in the socket's own memory: copy what is to be kept. */
  message(payload: Buffer): void;
  /** A message too large to be one of Celery's: its bytes were passed over, not kept. */
  tooLarge(bytes: number): void;
  /** Anything else that is a good reply, by its first word: `psubscribe`, `pong`. */
  answer(word: string): void;
  /** An error reply, without its minus sign. */
  error(text: string): void;
  /** Asked after each reply: whether reading must stop for now. */
  isOver?(): boolean;
}

/** The bytes are no RESP: the connection is of no use any more. */
export class ProtocolError extends Error {}

const [STAR, DOLLAR, COLON, MINUS, CR, ZERO, NINE] = [0x2a, 0x24, 0x3a, 0x2d, 0x0d, 0x30, 0x39];
/** Longest line that is no message: error replies are shorter. */
const LINE_LIMIT = 64 * 1024;

export class PushReader {
  readonly #listener: PushListener;
  /** Where reading goes on, within the bytes that are being read. */
  #at = 0;
  /** The beginning of a reply whose end has not come, and how many bytes it needs at least. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  #needed = 0;
  /** Bytes of a message too large that are still to come. */
  #skip = 0;

  constructor(listener: PushListener) {
    this.#listener = listener;
  }

  /**
   * Takes the next bytes from the socket; gives those that it was stopped before, to be given again later. Throws
   * ProtocolError, and what the listener throws.
   */
  read(bytes: Buffer): Buffer | undefined {
    let from = this.#passOver(bytes, 0);
    while (this.#heldBytes > 0) {
      const take = Math.min(this.#needed - this.#heldBytes, bytes.length - from);
      this.#held.push(bytes.subarray(from, from + take));
      this.#heldBytes += take;
      from += take;
      // Joining only once it is enough: a large message comes in hundreds of chunks.
      if (this.#heldBytes < this.#needed) return undefined;
      const joined = Buffer.concat(this.#held, this.#heldBytes);
      this.#hold(joined, this.#readOne(joined, 0));
      from = this.#passOver(bytes, from);
    }
    while (from < bytes.length) {
      const missing = this.#readOne(bytes, from);
      if (missing > 0) {
        this.#hold(bytes.subarray(from), missing);
        return undefined;
      }
      from = this.#at;
      if (from < bytes.length && this.#listener.isOver?.() === true) return bytes.subarray(from);
    }
    return undefined;
  }

  /** Keeps the beginning of a reply; of one that misses nothing, nothing is kept. */
  #hold(start: Buffer, missing: number): void {
    this.#held = missing > 0 ? [start] : [];
    this.#heldBytes = missing > 0 ? start.length : 0;
    this.#needed = start.length + missing;
  }

  /** Where reading goes on behind the bytes of a message too large. */
  #passOver(bytes: Buffer, from: number): number {
    const passed = Math.min(this.#skip, bytes.length - from);
    this.#skip -= passed;
    return from + passed;
  }

  /** Gives how many bytes are missing at least; 0 when the reply was read, and `#at` stands behind it. */
  #readOne(bytes: Buffer, from: number): number {
    this.#at = from;
    return bytes[from] === STAR ? this.#readArray(bytes) : this.#readLine(bytes);
  }

  #readArray(bytes: Buffer): number {
    this.#at += 1;
    const parts = this.#readNumber(bytes);
    if (parts < 0) return 1;
    let [start, end, wordStart, wordEnd] = [0, 0, 0, 0];
    for (let part = 0; part < parts; part += 1) {
      if (this.#at >= bytes.length) return 1;
      const type = bytes[this.#at];
      if (type !== DOLLAR && type !== COLON) throw new ProtocolError(`Unknown RESP type ${String(type)} in an array`);
      this.#at += 1;
      const length = this.#readNumber(bytes);
      if (length < 0) return 1;
      if (type === COLON) continue;
      start = this.#at;
      end = start + length;
      if (length > MAX_MESSAGE_BYTES && part === parts - 1) {
        this.#listener.tooLarge(length);
        this.#skip = Math.max(0, end + 2 - bytes.length);
        this.#at = Math.min(end + 2, bytes.length);
        return 0;
      }
      if (end + 2 > bytes.length) return end + 2 - bytes.length;
      this.#at = end + 2;
      if (part === 0) [wordStart, wordEnd] = [start, end];
    }
    // pmessage, pattern, channel, payload: nothing else has four parts.
    if (parts === 4) this.#listener.message(bytes.subarray(start, end));
    else this.#listener.answer(bytes.toString('latin1', wordStart, wordEnd));
    return 0;
  }

  /** A number and its line's end; -1 when the end has not come. */
  #readNumber(bytes: Buffer): number {
    let number = 0;
    for (let at = this.#at; at < bytes.length; at += 1) {
      const byte = bytes[at] as number;
      if (byte >= ZERO && byte <= NINE) {
        number = number * 10 + byte - ZERO;
      } else if (byte === CR) {
        if (at + 2 > bytes.length) return -1;
        this.#at = at + 2;
        return number;
      } else {
        throw new ProtocolError(`Unknown RESP type ${String(byte)} in a number`);
      }
    }
    return -1;
  }

  /** `+OK`, `:1` or `-ERR …`. */
  #readLine(bytes: Buffer): number {
    const type = bytes[this.#at] as number;
    if (type !== MINUS && type !== COLON && type !== 0x2b) throw new ProtocolError(`Unknown RESP type ${String(type)}`);
    const end = bytes.indexOf('\r\n', this.#at, 'latin1');
    if (end < 0) {
      if (bytes.length - this.#at > LINE_LIMIT) throw new ProtocolError('Unknown RESP type: a line without an end');
      return 1;
    }
    const text = bytes.toString('utf8', this.#at + 1, end);
    this.#at = end + 2;
    if (type === MINUS) this.#listener.error(text);
    else this.#listener.answer(text.toLowerCase());
    return 0;
  }
}

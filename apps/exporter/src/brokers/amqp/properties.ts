// Reads what matters of a message: its content type and its headers (docs/protocol/rabbitmq.md#properties).
// amqplib ends the connection over a field that it does not know, and Python's client writes some of those.
import type { AmqpProperties } from '@celery-watch/celery-protocol';

/** Properties that cannot be read: whoever reads a message with these refuses it. */
const UNREADABLE: AmqpProperties = { headers: 'unreadable' };
const FLAG = { contentType: 1 << 15, contentEncoding: 1 << 14, headers: 1 << 13 } as const;
/** Tables within tables. */
const MOST_DEPTH = 16;

/** @param bytes from the flags on. Never throws. */
export function readProperties(bytes: Buffer): AmqpProperties {
  try {
    const cursor = new Cursor(bytes);
    const flags = cursor.uint(2);
    const contentType = (flags & FLAG.contentType) === 0 ? undefined : cursor.text(cursor.uint(1));
    if ((flags & FLAG.contentEncoding) !== 0) cursor.text(cursor.uint(1));
    const headers = (flags & FLAG.headers) === 0 ? undefined : cursor.table(0);
    return { contentType, headers };
  } catch (error) {
    if (error instanceof RangeError) return UNREADABLE;
    throw error;
  }
}

/** Each read moves on. Throws RangeError for what is not there, or not known. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint(size: number): number {
    return this.#bytes.readUIntBE(this.#take(size), size);
  }

  text(length: number): string {
    const from = this.#take(length);
    return this.#bytes.toString('utf8', from, from + length);
  }

  table(depth: number): Record<string, unknown> {
    const end = this.#endOf(this.uint(4), depth);
    const fields: [string, unknown][] = [];
    while (this.#at < end) fields.push([this.text(this.uint(1)), this.#field(depth)]);
    // A field called __proto__ is one like any other.
    return Object.fromEntries(fields);
  }

  #list(depth: number): unknown[] {
    const end = this.#endOf(this.uint(4), depth);
    const values: unknown[] = [];
    while (this.#at < end) values.push(this.#field(depth));
    return values;
  }

  /** One byte says what follows. */
  #field(depth: number): unknown {
    const type = this.text(1);
    switch (type) {
      case 'V':
        return null;
      case 't':
        return this.uint(1) !== 0;
      case 'b':
        return this.#bytes.readInt8(this.#take(1));
      case 'B':
        return this.uint(1);
      case 's':
      case 'U':
        return this.#bytes.readInt16BE(this.#take(2));
      case 'u':
        return this.uint(2);
      case 'I':
        return this.#bytes.readInt32BE(this.#take(4));
      case 'i':
        return this.uint(4);
      case 'l':
      case 'L':
      case 'T':
        return Number(this.#bytes.readBigInt64BE(this.#take(8)));
      case 'f':
        return this.#bytes.readFloatBE(this.#take(4));
      case 'd':
        return this.#bytes.readDoubleBE(this.#take(8));
      case 'D': {
        const scale = this.uint(1);
        return this.#bytes.readInt32BE(this.#take(4)) / 10 ** scale;
      }
      case 'S':
      case 'x':
        return this.text(this.uint(4));
      case 'A':
        return this.#list(depth + 1);
      case 'F':
        return this.table(depth + 1);
      default:
        throw new RangeError(`no field type ${type}`);
    }
  }

  #endOf(length: number, depth: number): number {
    if (depth > MOST_DEPTH) throw new RangeError('too many tables within tables');
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('the table ends too late');
    return end;
  }

  /** Where so many bytes begin. */
  #take(length: number): number {
    const at = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw new RangeError('the properties end too early');
    return at;
  }
}

// Finds the messages of one channel in the bytes that the broker sends, and hands everything else on as it came:
// amqplib makes a dozen objects of each, which is most of what an event costs (docs/protocol/rabbitmq.md#frames).
import { type AmqpProperties, MAX_MESSAGE_BYTES } from '@celery-watch/celery-protocol';
import { readProperties } from './properties.js';

export interface DeliverySink {
  /** A whole message. The body is a view into the bytes that were read. */
  delivery(properties: AmqpProperties, body: Buffer, redelivered: boolean, tag: number): void;
  /** A message that is too large was passed over without being kept. */
  tooLarge(bytes: number, tag: number): void;
  /** A frame that is part of no message of the channel. */
  other(frame: Buffer): void;
  /** Asked after each message: whether reading must stop for now. */
  isOver?(): boolean;
}

const METHOD = 1;
const HEADER = 2;
const BODY = 3;
const FRAME_END = 0xce;
/** Type, channel, size before the payload. */
const BEFORE = 7;
/** basic.deliver: class 60, method 60, as they stand in the frame. */
const DELIVER = (60 << 16) | 60;
/** In a content header: class, weight and size of the body before the properties. */
const BEFORE_PROPERTIES = 12;
/** Senders write a handful of different properties, one for each worker; then those are learnt anew. */
const MOST_KNOWN = 1_000;
/** Bytes of properties that are worth remembering; longer ones do not repeat. */
const MOST_KEY_BYTES = 1_000;
/** Bytes of the longest frame: 128 KiB are agreed upon with the broker. */
const MOST_BYTES = 16 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

/** Not the protocol that was expected: the connection cannot go on. */
export class FrameError extends Error {
  constructor(what: string) {
    super(`frame: ${what}`);
  }
}

export class DeliveryReader {
  readonly #channel: number;
  readonly #sink: DeliverySink;
  readonly #known = new Map<string, AmqpProperties>();
  /** Bytes of a frame that has not come whole. */
  #rest: Buffer;
  /** Where the method frame of the message stands that comes, in which bytes; undefined between messages. */
  #deliverIn: Buffer | undefined;
  #deliverAt = 0;
  /** Of the message whose body comes; `large`: it is passed over. */
  #properties: AmqpProperties | 'large' | undefined;
  #size = 0;
  #bodyLeft = 0;
  #parts: Buffer[] = [];
  /** Whether a message came with the frame that was read last. */
  #hasGiven = false;

  /** @param begun bytes that were read already and belong to a frame that has not come whole */
  constructor(channel: number, sink: DeliverySink, begun: Buffer) {
    this.#channel = channel;
    this.#sink = sink;
    this.#rest = begun;
  }

  /** Whether all was read that has come whole; else `read()` goes on. Throws FrameError for what is no frame. */
  read(chunk: Buffer = NOTHING): boolean {
    const rest = this.#rest;
    const bytes = rest.length === 0 ? chunk : chunk.length === 0 ? rest : Buffer.concat([rest, chunk]);
    let at = 0;
    let isOver = false;
    while (bytes.length - at > BEFORE) {
      const end = at + BEFORE + bytes.readUInt32BE(at + 3);
      if (end - at > MOST_BYTES) throw new FrameError('a frame is longer than any may be');
      if (end >= bytes.length) break;
      if (bytes[end] !== FRAME_END) throw new FrameError('a frame does not end where it should');
      this.#frame(bytes, at, end);
      at = end + 1;
      if (!this.#hasGiven) continue;
      this.#hasGiven = false;
      isOver = this.#sink.isOver?.() === true;
      if (isOver) break;
    }
    this.#rest = at === bytes.length ? NOTHING : bytes.subarray(at);
    return !isOver || this.#rest.length === 0;
  }

  /** @param end of the payload, where the frame's last byte stands */
  #frame(bytes: Buffer, at: number, end: number): void {
    if (bytes.readUInt16BE(at + 1) !== this.#channel) return this.#sink.other(bytes.subarray(at, end + 1));
    switch (bytes[at] as number) {
      case METHOD:
        if (this.#bodyLeft === 0 && bytes.readUInt32BE(at + BEFORE) === DELIVER) {
          this.#deliverIn = bytes;
          this.#deliverAt = at;
          return;
        }
        break;
      case HEADER:
        if (this.#deliverIn !== undefined) return this.#header(bytes, at, end);
        break;
      case BODY:
        if (this.#bodyLeft > 0) return this.#body(bytes, at, end);
        break;
      default:
        break;
    }
    this.#sink.other(bytes.subarray(at, end + 1));
  }

  #header(bytes: Buffer, at: number, end: number): void {
    this.#size = this.#bodyLeft = number64(bytes, at + BEFORE + 4);
    this.#properties =
      this.#size > MAX_MESSAGE_BYTES ? 'large' : this.#propertiesOf(bytes, at + BEFORE + BEFORE_PROPERTIES, end);
    if (this.#bodyLeft === 0) this.#whole(NOTHING);
  }

  #propertiesOf(bytes: Buffer, from: number, end: number): AmqpProperties {
    if (end - from > MOST_KEY_BYTES) return readProperties(bytes.subarray(from, end));
    const key = bytes.toString('latin1', from, end);
    let known = this.#known.get(key);
    if (known === undefined) {
      known = readProperties(bytes.subarray(from, end));
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      this.#known.set(key, known);
    }
    return known;
  }

  #body(bytes: Buffer, at: number, end: number): void {
    const size = end - at - BEFORE;
    this.#bodyLeft -= size;
    if (this.#bodyLeft < 0) throw new FrameError('a body is longer than its header says');
    if (this.#properties === 'large') {
      if (this.#bodyLeft === 0) this.#whole(NOTHING);
      return;
    }
    const part = bytes.subarray(at + BEFORE, end);
    if (this.#bodyLeft > 0) {
      // A large one: the bytes around it need not be kept with it.
      this.#parts.push(Buffer.from(part));
    } else if (this.#parts.length === 0) {
      this.#whole(part);
    } else {
      const parts = this.#parts;
      this.#parts = [];
      this.#whole(Buffer.concat([...parts, part]));
    }
  }

  #whole(body: Buffer): void {
    this.#hasGiven = true;
    const bytes = this.#deliverIn as Buffer;
    const properties = this.#properties;
    this.#deliverIn = undefined;
    this.#properties = undefined;
    // Behind class and method: the consumer's tag as a short text, the number of the delivery, one bit.
    const lengthAt = this.#deliverAt + BEFORE + 4;
    const tagAt = lengthAt + 1 + (bytes[lengthAt] as number);
    const tag = number64(bytes, tagAt);
    if (properties === 'large') this.#sink.tooLarge(this.#size, tag);
    else this.#sink.delivery(properties as AmqpProperties, body, ((bytes[tagAt + 8] as number) & 1) === 1, tag);
  }
}

function number64(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

// Publishes events to RabbitMQ as frames that are made beforehand, over one socket, and lets the broker confirm each.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  FRAME_END,
  FRAME_HEAD,
  longText,
  Method,
  METHOD,
  methodFrame,
  PROTOCOL_HEADER,
  publishHead,
  publishTail,
  shortText,
  uint16,
  uint32,
} from './amqp-frames.js';
import type { Outlet, Route } from './outlet.js';

const BUFFER_BYTES = 256 * 1024;
const MOST_UNCONFIRMED = 5_000;
const FRAME_MAX = 131_072;
const CHANNEL = 1;
const EXCHANGE = 'celeryev';
const LOGIN = '\0guest\0guest';

type Step = readonly [answer: number, next: readonly Buffer[]];

/** What is sent when the broker has said what is awaited, up to a channel that confirms. */
const OPENING: readonly Step[] = [
  [
    Method.connectionStart,
    [methodFrame(0, Method.connectionStartOk, [uint32(0), shortText('PLAIN'), longText(LOGIN), shortText('en_US')])],
  ],
  [
    Method.connectionTune,
    [
      methodFrame(0, Method.connectionTuneOk, [uint16(CHANNEL), uint32(FRAME_MAX), uint16(0)]),
      methodFrame(0, Method.connectionOpen, [shortText('/'), shortText(''), Buffer.from([0])]),
    ],
  ],
  [Method.connectionOpenOk, [methodFrame(CHANNEL, Method.channelOpen, [shortText('')])]],
  [Method.channelOpenOk, [methodFrame(CHANNEL, Method.confirmSelect, [Buffer.from([0])])]],
  [Method.confirmSelectOk, []],
];

export class AmqpPublisher implements Outlet {
  readonly #socket: Socket;
  readonly #spare: Buffer[] = [];
  #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #at = 0;
  #confirmed = 0;
  #opened = 0;
  #unread: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  messages = 0;
  bytes = 0;
  strays = 0;

  /** Resolves when it may publish: the connection is open, and confirms what it took. */
  static async open(host: string, port: number): Promise<AmqpPublisher> {
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    const publisher = new AmqpPublisher(socket);
    socket.write(PROTOCOL_HEADER);
    await publisher.#until(() => publisher.#opened === OPENING.length);
    return publisher;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    socket.on('error', (error) => {
      this.#fail(error);
    });
    socket.on('close', () => {
      this.#fail(new Error('RabbitMQ has closed the connection'));
    });
  }

  /** Too much is not confirmed yet, or the connection is lost: then `caughtUp` throws. */
  get isFull(): boolean {
    return this.messages - this.#confirmed > MOST_UNCONFIRMED || this.#failure !== undefined;
  }

  /** The frames of a message but for its body, made once. */
  route(nodename: string, routingKey: string): Route {
    return { command: publishHead(CHANNEL, EXCHANGE, routingKey, nodename), tail: publishTail(CHANNEL, nodename) };
  }

  /** Puts a message into the buffer, which is sent when it is full. */
  publish({ command, tail }: Route, body: Buffer, length: number): void {
    if (this.#at + command.length + tail.length + length + 20 > BUFFER_BYTES) this.flush();
    const buffer = this.#buffer;
    let at = this.#at;
    buffer.set(command, at);
    at = buffer.writeUInt32BE(0, at + command.length);
    at = buffer.writeUInt32BE(length, at);
    buffer.set(tail, at);
    at = buffer.writeUInt32BE(length, at + tail.length);
    at += body.copy(buffer, at, 0, length);
    at = buffer.writeUInt8(FRAME_END, at);
    this.bytes += at - this.#at;
    this.#at = at;
    this.messages++;
  }

  /** Sends what is in the buffer, into another of which goes what comes next. */
  flush(): void {
    if (this.#at === 0) return;
    const full = this.#buffer;
    this.#socket.write(full.subarray(0, this.#at), () => {
      this.#spare.push(full);
    });
    this.#buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#at = 0;
  }

  /** Rejects where RabbitMQ has closed the connection. */
  async caughtUp(entirely = false): Promise<void> {
    if (entirely) this.flush();
    await this.#until(() => (entirely ? this.#confirmed === this.messages : !this.isFull));
  }

  /** At once, whatever is under way. */
  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  async #until(condition: () => boolean): Promise<void> {
    while (this.#failure !== undefined || !condition()) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #read(chunk: Buffer): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    let at = 0;
    while (bytes.length >= at + FRAME_HEAD) {
      const payload = at + FRAME_HEAD;
      const end = payload + bytes.readUInt32BE(at + 3);
      if (bytes.length <= end) break;
      if (bytes[at] === METHOD) this.#method(bytes.readUInt32BE(payload), bytes.subarray(payload + 4, end));
      at = end + 1;
    }
    this.#unread = bytes.subarray(at);
    this.#wake?.();
  }

  #method(method: number, args: Buffer): void {
    const [awaited, next] = OPENING[this.#opened] ?? [];
    if (method === awaited) {
      this.#opened++;
      for (const frame of next ?? []) this.#socket.write(frame);
    } else if (method === Method.basicAck) this.#confirmed = Number(args.readBigUInt64BE());
    else if (method === Method.basicReturn) this.strays++;
    else if (method === Method.connectionClose || method === Method.channelClose)
      this.#fail(new Error(`RabbitMQ says ${args.toString('utf8', 3, 3 + (args[2] ?? 0))}`));
    else this.#fail(new Error(`RabbitMQ sent the method ${method.toString(16)}, which a producer does not expect`));
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}

// Publishes envelopes to Redis as kombu writes them, in one pipeline over one socket, and counts how many subscribers
// each of them reached.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Outlet, Route } from './outlet.js';
import { pythonJson } from './python-json.js';
import { type Random, UUID_LENGTH } from './random.js';

const BUFFER_BYTES = 256 * 1024;
/** Messages without a reply: beyond it Redis has not even read them. */
const MOST_UNANSWERED = 20_000;
const HEAD = '{"body": "';
const END = '"}}\r\n';
const COLON = 58;
const ONE = 49;
const LINE_FEED = 10;

function route(nodename: string, routingKey: string): Route {
  const channel = `/0.celeryev/${routingKey}`;
  const envelope = pythonJson({
    body: '',
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { hostname: nodename },
    properties: {
      delivery_mode: 1,
      delivery_info: { exchange: 'celeryev', routing_key: routingKey },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: '',
    },
  });
  return {
    command: Buffer.from(`*3\r\n$7\r\nPUBLISH\r\n$${String(channel.length)}\r\n${channel}\r\n$`, 'latin1'),
    tail: Buffer.from(envelope.slice(HEAD.length, -'"}}'.length), 'latin1'),
  };
}

export class Publisher implements Outlet {
  readonly #socket: Socket;
  readonly #random: Random;
  readonly #spare: Buffer[] = [];
  #buffer: Buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #at = 0;
  #answered = 0;
  #wake: (() => void) | undefined;
  #failure: Error | undefined;
  #firstOfReply = true;
  messages = 0;
  bytes = 0;
  /** Messages that did not reach exactly one subscriber. */
  strays = 0;

  static async open(host: string, port: number, random: Random): Promise<Publisher> {
    const socket = connect({ host, port, noDelay: true });
    await once(socket, 'connect');
    return new Publisher(socket, random);
  }

  private constructor(socket: Socket, random: Random) {
    this.#socket = socket;
    this.#random = random;
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    socket.on('error', (error) => {
      this.#fail(error);
    });
    socket.on('close', () => {
      this.#fail(new Error('Redis has closed the connection'));
    });
  }

  get isFull(): boolean {
    return this.messages - this.#answered > MOST_UNANSWERED || this.#failure !== undefined;
  }

  route(nodename: string, routingKey: string): Route {
    return route(nodename, routingKey);
  }

  publish({ command, tail }: Route, body: Buffer, length: number): void {
    const encoded = body.toString('base64', 0, length);
    const size = HEAD.length + encoded.length + tail.length + UUID_LENGTH + 3;
    if (this.#at + size + 100 > BUFFER_BYTES) this.flush();
    const buffer = this.#buffer;
    buffer.set(command, this.#at);
    let at = this.#at + command.length;
    at += buffer.write(`${String(size)}\r\n${HEAD}`, at, 'latin1');
    at += buffer.write(encoded, at, 'latin1');
    buffer.set(tail, at);
    at += tail.length;
    this.#random.uuid(buffer, at);
    at += UUID_LENGTH;
    at += buffer.write(END, at, 'latin1');
    this.bytes += at - this.#at;
    this.#at = at;
    this.messages++;
  }

  flush(): void {
    if (this.#at === 0) return;
    const full = this.#buffer;
    this.#socket.write(full.subarray(0, this.#at), () => {
      this.#spare.push(full);
    });
    this.#buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES);
    this.#at = 0;
  }

  async caughtUp(entirely = false): Promise<void> {
    if (entirely) this.flush();
    while (entirely ? this.#answered < this.messages : this.isFull) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  /** Replies are ":1\r\n" as long as one subscriber listens. */
  #read(chunk: Buffer): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] as number;
      if (byte === LINE_FEED) {
        this.#answered++;
        this.#firstOfReply = true;
      } else if (this.#firstOfReply) {
        this.#firstOfReply = false;
        if (byte !== COLON) this.#fail(new Error(`Redis answered ${chunk.toString('latin1', i, i + 200)}`));
      } else if (byte !== ONE && byte !== 13) {
        this.strays++;
      }
    }
    this.#wake?.();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake?.();
  }
}

// Stands between a relay and its server and cuts the connection at a statement: before the server gets it, or after the
// server has done it and before the relay learns of that.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Cut {
  /** Counted from 1 over all connections, from the moment of arming. */
  readonly statement: number;
  readonly when: 'before' | 'after';
}

/** A message of the protocol: its kind, and all of its bytes. */
interface Frame {
  readonly kind: string;
  readonly bytes: Buffer;
}

export class CuttingProxy implements AsyncDisposable {
  #target: { readonly host: string; readonly port: number };
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  #cut: Cut | undefined;
  #statements = 0;
  /** How often it has cut. */
  cuts = 0;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  /** New connections go to another server, and the old ones end. */
  turnTo(target: { readonly host: string; readonly port: number }): void {
    this.#target = target;
    for (const socket of this.#sockets) socket.destroy();
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** How many it saw since it was armed. */
  get statements(): number {
    return this.#statements;
  }

  /** From now on statements are counted. */
  arm(cut: Cut | undefined): void {
    this.#cut = cut;
    this.#statements = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: Socket): void {
    const server = connect(this.#target);
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true).on('error', end).on('close', end);
    }
    // Answers that are still owed, with what shall happen instead of each.
    const owed: boolean[] = [];
    let hasStarted = false;
    const asked = new Frames((bytes) => {
      if (hasStarted) return frameAt(bytes);
      const first = untypedFrameAt(bytes);
      hasStarted = first !== undefined;
      return first;
    });
    client.on('data', (chunk: Buffer) => {
      for (const frame of asked.add(chunk)) {
        if (frame.kind === 'Q' || frame.kind === 'P') {
          const isCut = this.#isNext(frame.bytes.toString('latin1', 5));
          if (isCut && this.#cut?.when === 'before') {
            this.#hasCut();
            return end();
          }
          owed.push(isCut);
        }
        server.write(frame.bytes);
      }
    });
    const answered = new Frames(frameAt);
    let isReady = false;
    server.on('data', (chunk: Buffer) => {
      for (const frame of answered.add(chunk)) {
        // The first one ends the login.
        if (frame.kind === 'Z' && isReady && owed.shift() === true) {
          this.#hasCut();
          return end();
        }
        isReady ||= frame.kind === 'Z';
        client.write(frame.bytes);
      }
    });
  }

  /** Signals come when they come; all else of one run comes in the same order in the next. */
  #isNext(statement: string): boolean {
    if (statement.includes('pg_notify')) return false;
    this.#statements += 1;
    return this.#cut?.statement === this.#statements;
  }

  #hasCut(): void {
    this.cuts += 1;
    this.#cut = undefined;
  }
}

class Frames {
  #rest: Buffer = Buffer.alloc(0);
  readonly #next: (bytes: Buffer) => Frame | undefined;

  constructor(next: (bytes: Buffer) => Frame | undefined) {
    this.#next = next;
  }

  add(chunk: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.#next(this.#rest); frame !== undefined; frame = this.#next(this.#rest)) {
      this.#rest = this.#rest.subarray(frame.bytes.length);
      frames.push(frame);
    }
    return frames;
  }
}

function frameAt(bytes: Buffer): Frame | undefined {
  if (bytes.length < 5) return undefined;
  const length = 1 + bytes.readInt32BE(1);
  if (bytes.length < length) return undefined;
  return { kind: String.fromCharCode(bytes[0] ?? 0), bytes: bytes.subarray(0, length) };
}

/** The first message of a client has no kind. */
function untypedFrameAt(bytes: Buffer): Frame | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readInt32BE(0);
  return bytes.length < length ? undefined : { kind: '', bytes: bytes.subarray(0, length) };
}

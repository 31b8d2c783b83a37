// Reads a connection's socket in amqplib's place, message by message, and gives amqplib what is not a message of the
// channel. It rests on what amqplib keeps inside: where that is not as expected, amqplib reads on as it does.
import type { Duplex } from 'node:stream';
import type { Channel } from 'amqplib';
import { Stretch } from '../stretch.js';
import { DeliveryReader, type DeliverySink } from './delivery-reader.js';

/** amqplib 2's own connection and channel, as far as they are needed. */
interface Internals {
  readonly connection: {
    readonly stream: Duplex;
    /** Bytes of a frame that has not come whole. */
    rest: Buffer;
    recvSinceLastCheck: boolean;
    /** The next whole frame of `rest`, or of what the socket has; false where there is none. */
    recvFrame(): object | false;
    accept(frame: object): void;
    onSocketError(error: Error): void;
  };
  /** Number of the channel. */
  readonly ch: number;
}

/**
 * Milliseconds between two looks at the socket. RabbitMQ sends each message by itself, and each piece that is read
 * costs more than a message: under load many are read at once. A lone event does not wait.
 */
const GATHER = 2;

/**
 * Reads in the place of amqplib from the next bytes on; false where amqplib goes on to read. Before anything is
 * consumed on the channel.
 */
export function takeOver(channel: Channel, sink: Omit<DeliverySink, 'other' | 'isOver'>): boolean {
  const inside: unknown = channel;
  if (!isAsExpected(inside)) return false;
  const { connection, ch } = inside;
  const { stream } = connection;
  const stretch = new Stretch();
  const reader = new DeliveryReader(
    ch,
    {
      ...sink,
      isOver: stretch.isOver,
      other: (frame) => {
        // A whole frame: it takes nothing from the socket itself.
        connection.rest = frame;
        const decoded = connection.recvFrame();
        if (decoded !== false) connection.accept(decoded);
      },
    },
    connection.rest,
  );
  connection.rest = Buffer.alloc(0);
  stream.removeAllListeners('readable');
  let last = 0;
  let waiting = false;
  const read = (): void => {
    waiting = false;
    last = performance.now();
    try {
      stretch.begin();
      let isDone = reader.read();
      while (isDone && !stretch.hasRunOut()) {
        const chunk = stream.read() as Buffer | null;
        if (chunk === null) return;
        connection.recvSinceLastCheck = true;
        isDone = reader.read(chunk);
      }
      // It is not announced again that more is there.
      waiting = true;
      setImmediate(read);
    } catch (error) {
      connection.onSocketError(error as Error);
      stream.destroy();
    }
  };
  stream.on('readable', () => {
    if (waiting) return;
    const left = GATHER - (performance.now() - last);
    if (left <= 0) return read();
    waiting = true;
    setTimeout(read, left);
  });
  // What came in the meantime is not announced again.
  queueMicrotask(read);
  return true;
}

function isAsExpected(channel: unknown): channel is Internals {
  const { connection, ch } = channel as Partial<Internals>;
  return (
    typeof ch === 'number' &&
    typeof connection?.stream.read === 'function' &&
    Buffer.isBuffer(connection.rest) &&
    typeof connection.recvFrame === 'function' &&
    typeof connection.accept === 'function' &&
    typeof connection.onSocketError === 'function'
  );
}

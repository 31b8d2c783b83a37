// The subscription to the events. ioredis opens the socket and logs in; from then on the socket is read here, since
// ioredis' reader of replies takes three times as long for a message (measured: 0.5 against 1.4 million in a second of
// processor time).
import { COMMAND_LIMIT, type Connection, denial } from './connection.js';
import { ProtocolError, PushReader } from './push-reader.js';
import { type Fault, within } from '../fault.js';
import { Stretch } from '../stretch.js';

export interface SubscriptionListener {
  event(payload: Buffer): void;
  /** Passed over without being kept. */
  tooLarge(bytes: number): void;
}

export class Subscription {
  readonly connection: Connection;
  readonly #listener: SubscriptionListener;
  /** Whoever waits for the next thing that comes, whatever it is; told the Fault when nothing comes any more. */
  #waiting: ((fault?: Fault) => void)[] = [];
  #lost: Fault | undefined;
  /** When each PING was sent of which the answer has not come. */
  readonly #pings: number[] = [];
  #heardUntil = 0;

  constructor(connection: Connection, listener: SubscriptionListener) {
    this.connection = connection;
    this.#listener = listener;
    void connection.lost.then((fault) => {
      this.#lost = fault;
      this.#wake(fault);
    });
  }

  /**
   * Subscribes to all patterns at once; `listening` is called at the acknowledgement, before the first event. Rejects
   * with a Fault. The socket must be quiet: every command that was sent on it has been answered.
   */
  async begin(patterns: readonly string[], listening: () => void): Promise<void> {
    const { client, server, lost } = this.connection;
    const acknowledged = new Promise<void>((resolve, reject) => {
      let open = patterns.length;
      const stretch = new Stretch();
      const reader = new PushReader({
        isOver: stretch.isOver,
        message: (payload) => {
          if (this.#waiting.length > 0) this.#wake();
          this.#listener.event(payload);
        },
        tooLarge: (bytes) => {
          this.#listener.tooLarge(bytes);
        },
        answer: (word) => {
          this.#wake();
          if (word === 'pong') this.#heardUntil = this.#pings.shift() ?? this.#heardUntil;
          if (word !== 'psubscribe') return;
          open -= 1;
          if (open > 0) return;
          this.#heardUntil = performance.now();
          listening();
          resolve();
        },
        error: (text) => {
          this.#wake();
          reject(Object.assign(new Error(text), { name: 'ReplyError' }));
        },
      });
      client.stream.removeAllListeners('data');
      const read = (chunk: Buffer): void => {
        try {
          stretch.begin();
          const left = reader.read(chunk);
          if (left === undefined && !stretch.hasRunOut()) return;
          client.stream.pause();
          setImmediate(() => {
            client.stream.resume();
            if (left !== undefined) read(left);
          });
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          client.stream.destroy(error);
        }
      };
      client.stream.on('data', read);
      client.stream.write(command('PSUBSCRIBE', ...patterns));
    });
    try {
      await within(
        COMMAND_LIMIT,
        `${server.where} has not answered PSUBSCRIBE in time`,
        Promise.race([
          acknowledged,
          lost.then((fault) => {
            throw fault;
          }),
        ]),
      );
    } catch (error) {
      // For PSUBSCRIBE the pattern itself must be allowed, letter by letter; one that is not spoils both
      // (docs/protocol/redis.md#access-rights).
      throw denial(error, this.connection, `+psubscribe ${patterns.map((pattern) => `&${pattern}`).join(' ')}`);
    }
  }

  /**
   * Fulfilled when anything comes from now on, which PING makes sure of: a busy subscription brings its PONG behind
   * megabytes of messages. Rejects with a Fault when the connection is lost.
   */
  signOfLife(): Promise<void> {
    return new Promise((resolve, reject) => {
      const tell = (fault?: Fault): void => {
        if (fault) reject(fault);
        else resolve();
      };
      if (this.#lost) return tell(this.#lost);
      this.#waiting.push(tell);
      this.#pings.push(performance.now());
      this.connection.client.stream.write(command('PING'));
    });
  }

  /**
   * Up to when all that was published has come, as `performance.now()` counts: an answer to PING comes behind whatever
   * was published before it.
   */
  get heardUntil(): number {
    return this.#heardUntil;
  }

  #wake(fault?: Fault): void {
    for (const tell of this.#waiting.splice(0)) tell(fault);
  }
}

/** A command as RESP wants it: an array of byte strings. */
function command(...words: readonly string[]): string {
  return `*${String(words.length)}\r\n${words.map((word) => `$${String(Buffer.byteLength(word))}\r\n${word}\r\n`).join('')}`;
}

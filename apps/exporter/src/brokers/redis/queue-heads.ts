// The messages that the queues give next, as they are read again and again. Many small ones come in one reply; what is
// large is read by itself, so that no message, however large, is a danger to the memory.
import { MAX_MESSAGE_BYTES, type QueueHead, readCutHead, readQueueHead } from '@celery-watch/celery-protocol';
import { type Connection, denial } from './connection.js';
import { Fault } from '../fault.js';
import type { Notices, NoticeSubject } from '../broker-log.js';
import { CutMessage, peek } from './peek.js';

/** Bytes from which a message is read by itself the next time. */
const LARGE = 1024 * 1024;
/** Bytes that the reply to a whole round may have. */
const MOST_AT_ONCE = 2 * MAX_MESSAGE_BYTES;

export class QueueHeads {
  /** Keys of the lists of which the next message is read by itself. */
  #large = new Set<string>();

  isReadWithOthers(key: string): boolean {
    return !this.#large.has(key);
  }

  /**
   * Asks for all that are read together. Where they are far too large nothing can be done but to cut the connection,
   * which is made anew; from then on each is read by itself, until it is known to be small.
   */
  async readTogether<T>({ client }: Connection, keys: readonly string[], ask: () => Promise<T>): Promise<T> {
    const { stream } = client;
    let bytes = 0;
    let cut: Fault | undefined;
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes <= MOST_AT_ONCE || cut !== undefined) return;
      this.#large = new Set(keys);
      cut = new Fault(
        `the next messages of the queues are larger than ${String(MOST_AT_ONCE)} bytes together: the connection is ` +
          'cut once, and each is read by itself from now on',
      );
      stream.destroy(cut);
    };
    stream.on('data', onData);
    try {
      return await ask();
    } catch (error) {
      throw cut ?? error;
    } finally {
      stream.off('data', onData);
    }
  }

  /** What is read by itself, by its key: the payload, null or the error. */
  async readAlone(connection: Connection, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
    const large = keys.filter((key) => this.#large.has(key));
    this.#large = new Set(large);
    return large.length === 0 ? new Map() : peek(connection, large);
  }

  /**
   * What the payloads of one queue hold; undefined where none could be fetched. What is wrong is said once, and again
   * after it was right.
   */
  read(
    connection: Connection,
    queue: string,
    payloads: readonly (readonly [key: string, payload: unknown])[],
    notices: Notices,
  ): readonly QueueHead[] | undefined {
    const found: QueueHead[] = [];
    let denied: string | undefined;
    for (const [key, payload] of payloads) {
      if (payload instanceof Error) denied = denial(payload, connection, `+lindex ~${key}`).message;
      const head = headOf(payload);
      if (head !== undefined) found.push(head);
      if (payload instanceof CutMessage || (Buffer.isBuffer(payload) && payload.length > LARGE)) this.#large.add(key);
      else if (!(payload instanceof Error)) this.#large.delete(key);
    }
    const about: NoticeSubject = { kind: 'queue', name: queue };
    say(notices, about, `the next message of the queue ${queue} cannot be fetched`, denied);
    say(
      notices,
      about,
      `the next message of the queue ${queue} cannot be read: its age counts from now on`,
      found.find(({ unread }) => unread !== undefined)?.unread,
    );
    return denied !== undefined && found.length === 0 ? undefined : found;
  }
}

function headOf(payload: unknown): QueueHead | undefined {
  if (payload instanceof CutMessage) return readCutHead(payload.bytes, payload.start);
  return Buffer.isBuffer(payload) ? readQueueHead(payload) : undefined;
}

function say(notices: Notices, about: NoticeSubject, message: string, reason: string | undefined): void {
  if (reason === undefined) notices.forget(message);
  else notices.warn(message, { reason }, about);
}

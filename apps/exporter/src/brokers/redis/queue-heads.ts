// The messages that the queues give next, as they are read again and again: what is large is fetched alone.
import { type QueueHead, readQueueHead } from '@celery-watch/celery-protocol';
import { askAll, type Command, type Connection, denial } from './connection.js';
import type { Notices } from '../broker-log.js';

/**
 * Bytes from which a message counts as large. Redis tells no length of an element, so that a message of 17 MB is
 * fetched whole to know what it is: but then no other is fetched with it.
 */
const LARGE = 1024 * 1024;

export class QueueHeads {
  /** Keys of the lists whose next message was large when it was last read. */
  readonly #large = new Set<string>();

  isAskedWithOthers(key: string): boolean {
    return !this.#large.has(key);
  }

  /** The payload, null or an error reply, as from the pipeline. */
  async askAlone(connection: Connection, key: string): Promise<unknown> {
    const [payload] = await askAll(connection, 'LINDEX', [indexOf(key)]);
    return payload;
  }

  /**
   * What the payloads of one queue hold; undefined where none could be read. What is wrong is said once, and again
   * after it was right.
   */
  read(
    connection: Connection,
    queue: string,
    keys: readonly string[],
    payloads: readonly unknown[],
    notices: Notices,
  ): readonly QueueHead[] | undefined {
    const found: QueueHead[] = [];
    let denied: string | undefined;
    keys.forEach((key, step) => {
      const payload = payloads[step];
      if (payload instanceof Error) denied = denial(payload, connection, `+lindex ~${key}`).message;
      if (Buffer.isBuffer(payload) && payload.length > LARGE) this.#large.add(key);
      else this.#large.delete(key);
      if (Buffer.isBuffer(payload)) found.push(readQueueHead(payload));
    });
    say(notices, `the next message of the queue ${queue} cannot be fetched`, denied);
    say(
      notices,
      `the next message of the queue ${queue} cannot be read: its age counts from now on`,
      found.find(({ unread }) => unread !== undefined)?.unread,
    );
    return denied !== undefined && found.length === 0 ? undefined : found;
  }
}

/** LINDEX of the end that workers take from (docs/protocol/redis.md#ends-of-a-list). */
export function indexOf(key: string): Command {
  return ['lindexBuffer', key, -1];
}

function say(notices: Notices, message: string, reason: string | undefined): void {
  if (reason === undefined) notices.forget(message);
  else notices.warn(message, { reason });
}

// Reads what the lists give next one by one, on a connection of its own, which is cut where that is too large to be
// read: Redis tells no length of an element but at the head of the reply, and sends all of it.
import { CUT_BYTES, MAX_MESSAGE_BYTES } from '@celery-watch/celery-protocol';
import { askAll, type Command, connect, type Connection } from './connection.js';

/** A message of which only the beginning was read. */
export class CutMessage {
  readonly bytes: number;
  readonly start: Buffer;
  constructor(bytes: number, start: Buffer) {
    this.bytes = bytes;
    this.start = start;
  }
}

/** LINDEX of the end that workers take from (docs/protocol/redis.md#ends-of-a-list). */
export function indexOf(key: string): Command {
  return ['lindexBuffer', key, -1];
}

/**
 * The payload of each key, null for an empty list, or the error. Never rejects.
 * @param beside ends with it: the connection that the session has for its commands
 */
export async function peek(beside: Connection, keys: readonly string[]): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  let own: Connection | undefined;
  const onGone = (): void => void own?.close();
  beside.gone.addEventListener('abort', onGone, { once: true });
  for (const key of keys) {
    try {
      own ??= await connect(beside.plan, beside.gone);
      const payload = await peekOne(own, key);
      found.set(key, payload);
      if (!(payload instanceof CutMessage)) continue;
    } catch (error) {
      found.set(key, error);
    }
    await own?.close();
    own = undefined;
  }
  beside.gone.removeEventListener('abort', onGone);
  await own?.close();
  return found;
}

async function peekOne(connection: Connection, key: string): Promise<unknown> {
  const { stream } = connection.client;
  let start = Buffer.alloc(0);
  let cut: CutMessage | undefined;
  const onData = (chunk: Buffer): void => {
    if (cut !== undefined) return;
    start = Buffer.concat([start, chunk]);
    const [head = '', bytes] = /^\$(\d+)\r\n/.exec(start.toString('latin1', 0, 20)) ?? [];
    if (bytes === undefined || Number(bytes) <= MAX_MESSAGE_BYTES) return void stream.off('data', onData);
    if (start.length < head.length + CUT_BYTES) return;
    cut = new CutMessage(Number(bytes), start.subarray(head.length, head.length + CUT_BYTES));
    stream.destroy();
  };
  stream.on('data', onData);
  try {
    const [payload] = await askAll(connection, 'LINDEX', [indexOf(key)]);
    return payload;
  } catch (error) {
    if (cut !== undefined) return cut;
    throw error;
  } finally {
    stream.off('data', onData);
  }
}

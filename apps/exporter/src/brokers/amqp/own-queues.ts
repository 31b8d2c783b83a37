// The queues of ours besides that of the events: the answers of workers, and what the broker had no room for.
import type { ConsumeMessage } from 'amqplib';
import type { Notices } from '../broker-log.js';
import type { Fault } from '../fault.js';
import { type AmqpChannel, type AmqpConnection, endOfQueue } from './connection.js';
import { ask, type EventQueue, fault, limitedTo, MOST_BYTES, OWN, refusal } from './event-queue.js';

/** What is fulfilled when nothing comes any more although the connection stands. */
export interface Consuming {
  readonly ended: Promise<Fault>;
}

/** Bytes of answers that the broker keeps for us. */
const MOST_REPLY_BYTES = 16 * 1024 * 1024;

/** Declares the queue of answers and takes what comes. Rejects with a Fault. */
export async function takeReplies(
  connection: AmqpConnection,
  name: string,
  reply: (message: ConsumeMessage) => void,
): Promise<Consuming> {
  const channel = await connection.channel();
  try {
    await ask(connection, channel.amqp.assertQueue(name, { ...OWN, arguments: limitedTo(MOST_REPLY_BYTES) }));
    return await consume(connection, channel, name, reply);
  } catch (error) {
    throw refusal(connection, error, 'configure and read on queues that begin with celery-exporter.');
  }
}

const UNCOUNTED = 'events that the broker drops while the exporter is too slow cannot be counted';
/** Milliseconds without a dropped event after which the next one begins a new flood. */
const PAUSE = 5_000;

/**
 * Counts what the broker had no room for, from the queue that it goes to; says so where there is none. Rejects with a
 * Fault.
 * @param isKept the events are those of a lasting queue: of it nobody can tell what was dropped while we were away
 */
export async function countDropped(
  connection: AmqpConnection,
  { dropped: queue }: EventQueue,
  isKept: boolean,
  notices: Notices,
  dropped: (events: number) => void,
): Promise<Consuming | undefined> {
  if (queue === undefined) {
    if (!isKept)
      notices.warn(UNCOUNTED, {
        reason: `${connection.server.where}: the exporter's user needs the right write on amq\\.default for that`,
      });
    return undefined;
  }
  notices.forget(UNCOUNTED);
  let bytes = 0;
  let last = 0;
  const count = ({ content }: ConsumeMessage): void => {
    dropped(1);
    const now = performance.now();
    bytes = (now - last > PAUSE ? 0 : bytes) + content.length;
    last = now;
    // Its own room is as small: what it dropped in turn nobody can count.
    if (bytes > MOST_BYTES * 0.9)
      notices.warn('the broker dropped more events than could be counted: the count is the least that were dropped');
  };
  try {
    return await consume(connection, await connection.channel(), queue, count);
  } catch (error) {
    throw fault(connection, error);
  }
}

/** Rejects with what the broker says. */
async function consume(
  connection: AmqpConnection,
  channel: AmqpChannel,
  queue: string,
  take: (message: ConsumeMessage) => void,
): Promise<Consuming> {
  const { ended, deleted } = endOfQueue(connection, channel, { queue, channel: `the queue ${queue}` });
  const onMessage = (message: ConsumeMessage | null): void => {
    if (message === null) deleted();
    else take(message);
  };
  await ask(connection, channel.amqp.consume(queue, onMessage, { noAck: true }));
  return { ended };
}

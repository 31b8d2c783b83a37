// The queues of ours besides that of the events: the answers of workers, and what the broker had no room for.
import type { ConsumeMessage } from 'amqplib';
import type { Notices } from '../broker-log.js';
import { Fault } from '../fault.js';
import type { AmqpChannel, AmqpConnection } from './connection.js';
import { ask, type EventQueue, fault, MOST_BYTES, refusal } from './event-queue.js';

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
  const args = { 'x-max-length-bytes': MOST_REPLY_BYTES, 'x-overflow': 'drop-head' };
  const options = { exclusive: true, autoDelete: true, durable: false, arguments: args };
  try {
    await ask(connection, channel.amqp.assertQueue(name, options));
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
  { amqp, gone }: AmqpChannel,
  queue: string,
  take: (message: ConsumeMessage) => void,
): Promise<Consuming> {
  const { where } = connection.server;
  let end: (fault: Fault) => void = () => undefined;
  const deleted = new Promise<Fault>((resolve) => {
    end = resolve;
  });
  const onMessage = (message: ConsumeMessage | null): void => {
    if (message === null) end(new Fault(`${where}: somebody has deleted the queue ${queue}`));
    else take(message);
  };
  await ask(connection, amqp.consume(queue, onMessage, { noAck: true }));
  const closed = gone.then(
    (error) => new Fault(`${where} has closed the channel of the queue ${queue}: ${error?.message ?? ''}`),
  );
  return { ended: Promise.race([deleted, closed]) };
}

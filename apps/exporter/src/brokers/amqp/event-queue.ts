// The queue that events come through: our own, new for each session and gone with it; or, where events are to be kept
// while the exporter is away, a lasting one (docs/protocol/rabbitmq.md#our-queues).
import type { Channel } from 'amqplib';
import { Fault, within } from '../fault.js';
import { type AmqpChannel, type AmqpConnection, REQUEST_LIMIT } from './connection.js';
import { REPLY, reasonOf, replyCode } from './reasons.js';

/** Bytes of events that the broker keeps for us while we are slow: about 200,000 events. Beyond, the oldest go. */
export const MOST_BYTES = 64 * 1024 * 1024;

export interface EventQueue {
  readonly name: string;
  /** The queue of what the other had no room for; undefined where the rights do not allow one. */
  readonly dropped: string | undefined;
  readonly channel: AmqpChannel;
}

export interface EventQueuePlan {
  readonly exchange: string;
  /** Begins the names of all queues of this session. */
  readonly name: string;
  /** Of the lasting queue; undefined for one that goes with the session. */
  readonly kept: KeptQueue | undefined;
}

export interface KeptQueue {
  readonly name: string;
  /** Seconds that the broker keeps it while nobody reads it. */
  readonly seconds: number;
}

/** The arguments of a queue that keeps so much; beyond, the oldest go. */
export function limitedTo(bytes: number): Readonly<Record<string, unknown>> {
  return { 'x-max-length-bytes': bytes, 'x-overflow': 'drop-head' };
}

const LIMITS = limitedTo(MOST_BYTES);
/** Never shared with another connection, and gone with ours. */
export const OWN = { exclusive: true, autoDelete: true, durable: false };

/** Declares and binds it. Rejects with a Fault that names the right that is missing. */
export async function declareEventQueue(connection: AmqpConnection, plan: EventQueuePlan): Promise<EventQueue> {
  const queue = await (plan.kept === undefined ? ownQueue(connection, plan.name) : keptQueue(connection, plan.kept));
  const channel = await bind(connection, queue.channel, queue.name, plan.exchange);
  return { ...queue, channel };
}

/** With a second queue for what it drops, where that may be: it takes the right to write to the default exchange. */
async function ownQueue(connection: AmqpConnection, prefix: string): Promise<EventQueue> {
  const name = `${prefix}.events`;
  const dropped = `${prefix}.dropped`;
  const channel = await connection.channel();
  try {
    await ask(connection, declare(channel, dropped, { ...OWN, arguments: LIMITS }));
    const deadLetters = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dropped };
    await ask(connection, declare(channel, name, { ...OWN, arguments: { ...LIMITS, ...deadLetters } }));
    return { name, dropped, channel };
  } catch (error) {
    if (replyCode(error) !== REPLY.accessRefused) throw fault(connection, error);
  }
  const other = await connection.channel();
  try {
    await ask(connection, declare(other, name, { ...OWN, arguments: LIMITS }));
  } catch (error) {
    throw refusal(connection, error, 'configure on queues that begin with celery-exporter.');
  }
  return { name, dropped: undefined, channel: other };
}

/** What it drops while we are away nobody could count, so nothing is counted. */
async function keptQueue(connection: AmqpConnection, { name, seconds }: KeptQueue): Promise<EventQueue> {
  const channel = await connection.channel();
  const args = { ...LIMITS, 'x-expires': Math.round(seconds * 1000) };
  try {
    await ask(connection, declare(channel, name, { durable: true, arguments: args }));
  } catch (error) {
    if (replyCode(error) === REPLY.preconditionFailed)
      throw new Fault(`${connection.server.where} has a queue ${name} with other properties: delete it there`);
    throw refusal(connection, error, 'configure on queues that begin with celery-exporter.');
  }
  return { name, dropped: undefined, channel };
}

/**
 * The exchange is there as soon as any worker has run. Where none has, it is declared as Celery does it: any other way
 * would keep the workers from starting (docs/protocol/rabbitmq.md#exchanges).
 */
async function bind(
  connection: AmqpConnection,
  channel: AmqpChannel,
  queue: string,
  exchange: string,
): Promise<AmqpChannel> {
  try {
    await ask(connection, channel.amqp.bindQueue(queue, exchange, '#'));
    return channel;
  } catch (error) {
    if (replyCode(error) !== REPLY.notFound)
      throw refusal(connection, error, `read on the exchange ${exchange} and write on its own queues`);
  }
  const other = await connection.channel();
  try {
    await ask(connection, other.amqp.assertExchange(exchange, 'topic', { durable: true }));
    await ask(connection, other.amqp.bindQueue(queue, exchange, '#'));
    return other;
  } catch (error) {
    if (replyCode(error) !== REPLY.accessRefused) throw fault(connection, error);
    throw new Fault(
      `${connection.server.where} has no exchange ${exchange} yet, which the first worker makes: start one, or ` +
        `give the exporter's user the right configure on ${exchange}`,
      { isStanding: true },
    );
  }
}

function declare(
  { amqp }: AmqpChannel,
  queue: string,
  options: Parameters<Channel['assertQueue']>[1],
): Promise<unknown> {
  return amqp.assertQueue(queue, options);
}

/** The answer, or a Fault when there is none in time. */
export function ask<T>({ server }: AmqpConnection, answer: Promise<T>): Promise<T> {
  return within(REQUEST_LIMIT, `${server.where} has not answered within ${String(REQUEST_LIMIT / 1000)} s`, answer);
}

export function fault({ server }: AmqpConnection, error: unknown): Fault {
  return new Fault(reasonOf(error, server));
}

/** @param right that is missing where the broker refuses the access */
export function refusal(connection: AmqpConnection, error: unknown, right: string): Fault {
  return replyCode(error) === REPLY.accessRefused
    ? new Fault(`${connection.server.where} denies permission: its user needs the right ${right}`, { isStanding: true })
    : fault(connection, error);
}

// Sends remote-control requests on a connection of its own: at an alarm the broker stops one that publishes, and a
// request on it then hangs for ever (docs/protocol/rabbitmq.md#blocked-publishers).
import { type AmqpControlMessage, amqpControlMessage, type ControlRequest } from '@celery-watch/celery-protocol';
import { Fault, within } from '../fault.js';
import { type AmqpChannel, type AmqpConnection, REQUEST_LIMIT } from './connection.js';
import { refusal } from './event-queue.js';
import { REPLY, replyCode } from './reasons.js';
import type { ConfirmChannel } from 'amqplib';

export class Broadcaster {
  readonly #connection: AmqpConnection;
  readonly #exchange: string;
  #channel: Promise<AmqpChannel<ConfirmChannel>> | undefined;
  #blocked: string | undefined;

  /** @param blocked told when the broker takes no messages, and (undefined) when it does again */
  constructor(connection: AmqpConnection, exchange: string, blocked: (reason: string | undefined) => void) {
    this.#connection = connection;
    this.#exchange = exchange;
    connection.onBlocked((reason) => {
      this.#blocked = reason;
      blocked(reason);
    });
  }

  get isBlocked(): boolean {
    return this.#blocked !== undefined;
  }

  /** Whether anybody heard it. Rejects with a Fault, and with TypeError for a request that must not be sent. */
  async send(request: ControlRequest): Promise<boolean> {
    const { content, options } = amqpControlMessage(request);
    const { where } = this.#connection.server;
    if (this.#blocked !== undefined) throw new Fault(`${where} takes no messages at present: ${this.#blocked}`);
    let isReturned = false;
    const onReturn = (): void => {
      isReturned = true;
    };
    try {
      const channel = await (this.#channel ??= this.#connection.confirmChannel());
      channel.amqp.once('return', onReturn);
      try {
        await within(
          REQUEST_LIMIT,
          `${where} has not confirmed a request within ${String(REQUEST_LIMIT / 1000)} s`,
          this.#publish(channel, content, options),
        );
      } finally {
        channel.amqp.off('return', onReturn);
      }
      return !isReturned;
    } catch (error) {
      this.#channel = undefined;
      // No worker has ever run.
      if (replyCode(error) === REPLY.notFound) return false;
      throw refusal(this.#connection, error, `write on the exchange ${this.#exchange}`);
    }
  }

  /** Resolves when the broker has confirmed it; rejects with what closed the channel. */
  #publish(
    { amqp, gone }: AmqpChannel<ConfirmChannel>,
    content: Buffer,
    options: AmqpControlMessage['options'],
  ): Promise<void> {
    const confirmed = new Promise<boolean>((resolve) => {
      amqp.publish(this.#exchange, '', content, { ...options, mandatory: true }, (error: unknown) => {
        resolve(error === null || error === undefined);
      });
    });
    const closed = gone.then((error): never => {
      throw error ?? new Fault(`${this.#connection.server.where} has closed the channel of requests`);
    });
    // A channel that is closed fails the message first, without the reason.
    return Promise.race([confirmed.then((isIn) => (isIn ? undefined : closed)), closed]);
  }
}

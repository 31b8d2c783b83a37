// Sends remote-control requests on a connection of its own: at an alarm the broker stops one that publishes, and a
// request on it then hangs for ever (docs/protocol/rabbitmq.md#blocked-publishers).
import { type AmqpControlMessage, amqpControlMessage, type ControlRequest } from '@celery-watch/celery-protocol';
import { Fault, within } from '../fault.js';
import { type AmqpChannel, type AmqpConnection, REQUEST_LIMIT } from './connection.js';
import { refusal } from './event-queue.js';
import { REPLY, replyCode } from './reasons.js';
import type { ConfirmChannel } from 'amqplib';

interface Publisher {
  readonly channel: AmqpChannel<ConfirmChannel>;
  /** What fails when the channel closes: each a message that is not confirmed yet. */
  readonly open: Set<(error: Error) => void>;
}

export class Broadcaster {
  readonly #connection: AmqpConnection;
  readonly #exchange: string;
  #publisher: Promise<Publisher> | undefined;
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
    const opening = (this.#publisher ??= this.#open());
    try {
      const { channel, open } = await opening;
      channel.amqp.once('return', onReturn);
      try {
        await within(
          REQUEST_LIMIT,
          `${where} has not confirmed a request within ${String(REQUEST_LIMIT / 1000)} s`,
          this.#publish(channel.amqp, open, content, options),
        );
      } finally {
        channel.amqp.off('return', onReturn);
      }
      return !isReturned;
    } catch (error) {
      this.#publisher = undefined;
      void opening.then(
        ({ channel }) => {
          channel.close();
        },
        () => undefined,
      );
      // No worker has ever run.
      if (replyCode(error) === REPLY.notFound) return false;
      throw refusal(this.#connection, error, `write on the exchange ${this.#exchange}`);
    }
  }

  async #open(): Promise<Publisher> {
    const channel = await this.#connection.confirmChannel();
    const open: Publisher['open'] = new Set();
    void channel.gone.then(
      (error = new Fault(`${this.#connection.server.where} has closed the channel of requests`)) => {
        for (const fail of open) fail(error);
      },
    );
    return { channel, open };
  }

  /** Resolves when the broker has confirmed it; rejects with what closed the channel. */
  #publish(
    amqp: ConfirmChannel,
    open: Publisher['open'],
    content: Buffer,
    options: AmqpControlMessage['options'],
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      open.add(reject);
      amqp.publish(this.#exchange, '', content, { ...options, mandatory: true }, (error: unknown) => {
        // A channel that is closed fails the message first, without the reason.
        if (error !== null && error !== undefined) return;
        open.delete(reject);
        resolve();
      });
    });
  }
}

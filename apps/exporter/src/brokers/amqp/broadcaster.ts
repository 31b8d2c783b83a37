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

export interface BroadcastFacts {
  /** Told when the broker takes no messages, and (undefined) when it does again. */
  readonly blocked: (reason: string | undefined) => void;
  /** How many events have been heard so far. */
  readonly heard: () => number;
}

/**
 * Milliseconds for which nobody is asked where the exchange is missing and no event has come since: the broker writes
 * an error into its log for each such message.
 */
const ABSENT = 120_000;

export class Broadcaster {
  readonly #connection: AmqpConnection;
  readonly #exchange: string;
  readonly #facts: BroadcastFacts;
  #publisher: Promise<Publisher> | undefined;
  #blocked: string | undefined;
  /** Nobody was there to be asked: until when, and how many events had been heard. */
  #absent = { until: -Infinity, heard: 0 };

  constructor(connection: AmqpConnection, exchange: string, facts: BroadcastFacts) {
    this.#connection = connection;
    this.#exchange = exchange;
    this.#facts = facts;
    connection.onBlocked((reason) => {
      this.#blocked = reason;
      facts.blocked(reason);
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
    const { until, heard } = this.#absent;
    if (performance.now() < until && this.#facts.heard() === heard) return false;
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
      if (replyCode(error) === REPLY.notFound) {
        this.#absent = { until: performance.now() + ABSENT, heard: this.#facts.heard() };
        return false;
      }
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

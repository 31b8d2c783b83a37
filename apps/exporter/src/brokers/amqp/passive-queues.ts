// What the broker says of a queue when it is declared passively: how many messages are ready, who consumes
// (docs/protocol/rabbitmq.md#queue-length-and-consumers).
import type { Notices } from '../broker-log.js';
import { type AmqpChannel, type AmqpConnection } from './connection.js';
import { ask, fault } from './event-queue.js';
import { REPLY, replyCode } from './reasons.js';

export interface QueueState {
  /** Messages ready to be taken. */
  readonly ready: number;
  readonly consumers: number;
}

/** `denied`: the broker does not say; `missing`: there is no such queue. */
export type QueueAnswer = QueueState | 'missing' | 'denied';

/**
 * Milliseconds for which a queue that was refused is not asked for again, doubled each time: a refusal ends a channel,
 * and the broker writes an error into its log.
 */
const PAUSE = { first: 15_000, most: 300_000 };
/** No queue of AMQP has a longer name. */
const MOST_NAME_BYTES = 255;
/** Names of which it is remembered that they were refused. */
const MOST_REMEMBERED = 10_000;

interface Refused {
  readonly answer: 'missing' | 'denied';
  readonly until: number;
  readonly pause: number;
}

/** Asks for queues one after the other on a channel of its own, which each refusal ends. */
export class PassiveQueues {
  readonly #connection: AmqpConnection;
  readonly #notices: Notices;
  readonly #ticks: () => number;
  readonly #refused = new Map<string, Refused>();
  #channel: Promise<AmqpChannel> | undefined;

  /** @param ticks milliseconds on a clock that only goes forward */
  constructor(connection: AmqpConnection, notices: Notices, ticks: () => number) {
    this.#connection = connection;
    this.#notices = notices;
    this.#ticks = ticks;
  }

  /**
   * Rejects with a Fault when the connection is of no use.
   * @param mayBeDenied nobody has asked for these queues: a right that is missing is not worth a word
   */
  async read(queues: Iterable<string>, mayBeDenied = false): Promise<ReadonlyMap<string, QueueAnswer>> {
    const answers = new Map<string, QueueAnswer>();
    for (const queue of queues) answers.set(queue, await this.#readOne(queue, mayBeDenied));
    return answers;
  }

  async #readOne(queue: string, mayBeDenied: boolean): Promise<QueueAnswer> {
    if (Buffer.byteLength(queue) > MOST_NAME_BYTES) return 'missing';
    const before = this.#refused.get(queue);
    if (before !== undefined && this.#ticks() < before.until) return before.answer;
    const failing = `the queue ${queue} cannot be read`;
    try {
      const { amqp } = await (this.#channel ??= this.#connection.channel());
      const { messageCount: ready, consumerCount: consumers } = await ask(this.#connection, amqp.checkQueue(queue));
      this.#refused.delete(queue);
      this.#notices.forget(failing);
      return { ready, consumers };
    } catch (error) {
      this.#giveUpChannel();
      const code = replyCode(error);
      if (code === REPLY.notFound) {
        this.#notices.forget(failing);
        return this.#isRefused(queue, 'missing', before);
      }
      const reason = this.#reasonOf(queue, code);
      if (reason === undefined) throw fault(this.#connection, error);
      if (!mayBeDenied) this.#notices.warn(failing, { reason }, { kind: 'queue', name: queue });
      return this.#isRefused(queue, 'denied', before);
    }
  }

  /** Closed by a refusal; after anything else it may still be open, and each broker has a most of them. */
  #giveUpChannel(): void {
    void this.#channel?.then(
      ({ close }) => {
        close();
      },
      () => undefined,
    );
    this.#channel = undefined;
  }

  #isRefused(queue: string, answer: Refused['answer'], before: Refused | undefined): Refused['answer'] {
    const pause = before === undefined ? PAUSE.first : Math.min(PAUSE.most, before.pause * 2);
    if (this.#refused.size >= MOST_REMEMBERED) this.#refused.clear();
    this.#refused.set(queue, { answer, pause, until: this.#ticks() + pause });
    return answer;
  }

  #reasonOf(queue: string, code: number | undefined): string | undefined {
    const { where } = this.#connection.server;
    if (code === REPLY.accessRefused)
      return (
        `${where} denies permission: its user needs the right read on ${queue} (RabbitMQ 4.3 and later), or give ` +
        'rabbitmq_management_url'
      );
    if (code === REPLY.resourceLocked) return `${where}: it belongs to another connection alone (exclusive)`;
    return undefined;
  }
}

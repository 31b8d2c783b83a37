// What the broker says of a queue when it is declared passively: how many messages are ready, who consumes
// (docs/protocol/rabbitmq.md#queue-length-and-consumers).
import type { Notices } from '../broker-log.js';
import type { Fault } from '../fault.js';
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
 * Milliseconds for which a queue that is missing is not asked for again, doubled each time: the broker writes an error
 * into its log for each such question.
 */
const PAUSE = { first: 15_000, most: 300_000 };
/** Names of which it is remembered that they are missing. */
const MOST_REMEMBERED = 10_000;

interface Absence {
  readonly until: number;
  readonly pause: number;
}

/** Asks for queues one after the other on a channel of its own, which each refusal ends. */
export class PassiveQueues {
  readonly #connection: AmqpConnection;
  readonly #notices: Notices;
  readonly #ticks: () => number;
  readonly #missing = new Map<string, Absence>();
  #channel: Promise<AmqpChannel> | undefined;

  /** @param ticks milliseconds on a clock that only goes forward */
  constructor(connection: AmqpConnection, notices: Notices, ticks: () => number) {
    this.#connection = connection;
    this.#notices = notices;
    this.#ticks = ticks;
  }

  /** Rejects with a Fault when the connection is of no use. */
  async read(queues: Iterable<string>): Promise<ReadonlyMap<string, QueueAnswer>> {
    const answers = new Map<string, QueueAnswer>();
    for (const queue of queues) answers.set(queue, await this.#readOne(queue));
    return answers;
  }

  async #readOne(queue: string): Promise<QueueAnswer> {
    const absence = this.#missing.get(queue);
    if (absence !== undefined && this.#ticks() < absence.until) return 'missing';
    const failing = `the queue ${queue} cannot be read`;
    try {
      const { amqp } = await (this.#channel ??= this.#connection.channel());
      const { messageCount: ready, consumerCount: consumers } = await ask(this.#connection, amqp.checkQueue(queue));
      this.#missing.delete(queue);
      this.#notices.forget(failing);
      return { ready, consumers };
    } catch (error) {
      this.#channel = undefined;
      const code = replyCode(error);
      if (code === REPLY.notFound) {
        this.#isMissing(queue, absence);
        this.#notices.forget(failing);
        return 'missing';
      }
      const reason = this.#reasonOf(queue, code);
      if (reason === undefined) throw fault(this.#connection, error) satisfies Fault;
      this.#notices.warn(failing, { reason }, { kind: 'queue', name: queue });
      return 'denied';
    }
  }

  #isMissing(queue: string, before: Absence | undefined): void {
    const pause = before === undefined ? PAUSE.first : Math.min(PAUSE.most, before.pause * 2);
    if (this.#missing.size >= MOST_REMEMBERED) this.#missing.clear();
    this.#missing.set(queue, { pause, until: this.#ticks() + pause });
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

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
const PAUSE = { first: 15_000, most: 60_000 };
/** No queue of AMQP has a longer name. */
const MOST_NAME_BYTES = 255;
const LONG_NAME_BYTES = 100;
/** Names of which it is remembered that they were refused. */
const MOST_REMEMBERED = 10_000;

interface Refused {
  readonly answer: 'missing' | 'denied';
  readonly until: number;
  readonly pause: number;
}

/** Which queues were refused; it outlives the session, since the question itself may have ended one. */
export class RefusedQueues {
  readonly #refused = new Map<string, Refused>();
  readonly #ticks: () => number;

  /** @param ticks milliseconds on a clock that only goes forward */
  constructor(ticks: () => number) {
    this.#ticks = ticks;
  }

  /** What was answered, while it is not to be asked for again. */
  answerOf(queue: string): Refused['answer'] | undefined {
    const refused = this.#refused.get(queue);
    return refused !== undefined && this.#ticks() < refused.until ? refused.answer : undefined;
  }

  add(queue: string, answer: Refused['answer']): void {
    const before = this.#refused.get(queue);
    const pause = before === undefined ? PAUSE.first : Math.min(PAUSE.most, before.pause * 2);
    if (this.#refused.size >= MOST_REMEMBERED) this.#refused.clear();
    this.#refused.set(queue, { answer, pause, until: this.#ticks() + pause });
  }

  remove(queue: string): void {
    this.#refused.delete(queue);
  }
}

/** How the questions of one round are to be taken. */
export interface Asking {
  /** Nobody has asked for these queues, or somebody else tells of them: a right that is missing is not worth a word. */
  readonly mayBeDenied?: boolean;
  /** All queues that exist, where that is known: no other one is asked for. */
  readonly existing?: ReadonlySet<string>;
}

/** Asks for queues one after the other on a channel of its own, which each refusal ends. */
export class PassiveQueues {
  readonly #connection: AmqpConnection;
  readonly #notices: Notices;
  readonly #refused: RefusedQueues;
  #channel: Promise<AmqpChannel> | undefined;

  constructor(connection: AmqpConnection, notices: Notices, refused: RefusedQueues) {
    this.#connection = connection;
    this.#notices = notices;
    this.#refused = refused;
  }

  /** Rejects with a Fault when the connection is of no use. */
  async read(queues: Iterable<string>, asking: Asking = {}): Promise<ReadonlyMap<string, QueueAnswer>> {
    const answers = new Map<string, QueueAnswer>();
    for (const queue of queues) answers.set(queue, await this.#readOne(queue, asking));
    return answers;
  }

  async #readOne(queue: string, { mayBeDenied = false, existing }: Asking): Promise<QueueAnswer> {
    const bytes = Buffer.byteLength(queue);
    if (bytes > MOST_NAME_BYTES || existing?.has(queue) === false) return 'missing';
    const before = this.#refused.answerOf(queue);
    // One that is missing no longer may be asked for.
    if (before !== undefined && !(before === 'missing' && existing !== undefined)) return before;
    const failing = `the queue ${queue} cannot be read`;
    try {
      const { amqp } = await (this.#channel ??= this.#connection.channel());
      const { messageCount: ready, consumerCount: consumers } = await ask(this.#connection, amqp.checkQueue(queue));
      this.#refused.remove(queue);
      this.#notices.forget(failing);
      return { ready, consumers };
    } catch (error) {
      this.#giveUpChannel();
      const code = replyCode(error);
      if (code === REPLY.notFound) {
        this.#notices.forget(failing);
        this.#refused.add(queue, 'missing');
        return 'missing';
      }
      const reason = this.#reasonOf(queue, code);
      if (reason === undefined) {
        // RabbitMQ 4.3 repeats the name in its answer, which may then be too long for itself: it ends the connection.
        if (bytes > LONG_NAME_BYTES) this.#refused.add(queue, 'denied');
        throw fault(this.#connection, error);
      }
      if (!mayBeDenied) this.#notices.warn(failing, { reason }, { kind: 'queue', name: queue });
      this.#refused.add(queue, 'denied');
      return 'denied';
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

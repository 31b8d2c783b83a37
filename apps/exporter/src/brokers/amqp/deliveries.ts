// Takes the events that the broker pushes: those of a queue of our own as they come, those of a lasting one with
// acknowledgement.
import { createHash } from 'node:crypto';
import type { AmqpProperties } from '@celery-watch/celery-protocol';
import type { ConsumeMessage } from 'amqplib';
import { Fault, within } from '../fault.js';
import type { Notices } from '../broker-log.js';
import { type AmqpConnection, endOfQueue } from './connection.js';
import { ask, type EventQueue, refusal } from './event-queue.js';
import { REPLY, replyCode } from './reasons.js';
import { takeOver } from './take-over.js';

/** Events are acknowledged so many at a time, or after so many milliseconds. */
const ACKNOWLEDGE = { count: 200, within: 100 };
/** Milliseconds that an end waits for the last acknowledgement to arrive. */
const STOP_LIMIT = 200;
const NOTHING = Buffer.alloc(0);
/** Events that the broker sends ahead of their acknowledgement. */
const PREFETCH = 2_000;

/**
 * The events of a lasting queue that were taken last: when the connection is lost, the broker delivers again what it
 * has not heard to be acknowledged, to the same process, which has counted it already.
 */
export class TakenEvents {
  #keys: string[] = [];
  #before = new Map<string, number>();

  taken(body: Buffer): void {
    this.#keys.push(keyOf(body));
    // An acknowledgement may be lost with the connection, too.
    if (this.#keys.length > 2 * PREFETCH) this.#keys.splice(0, PREFETCH);
  }

  /** The connection is lost. */
  interrupted(): void {
    this.#before = new Map();
    for (const key of this.#keys) this.#before.set(key, (this.#before.get(key) ?? 0) + 1);
  }

  /** Whether a message has been taken already; each is known once. Those that come again come first. */
  isKnown(body: Buffer, redelivered: boolean): boolean {
    if (this.#before.size === 0) return false;
    if (!redelivered) {
      this.#before.clear();
      return false;
    }
    const key = keyOf(body);
    const left = this.#before.get(key) ?? 0;
    if (left > 0) this.#before.set(key, left - 1);
    return left > 0;
  }
}

function keyOf(body: Buffer): string {
  return createHash('sha1').update(body).digest('latin1');
}

export interface IntakeParts {
  readonly take: (properties: AmqpProperties, body: Buffer) => void;
  /** Passed over without being kept. */
  readonly tooLarge: (bytes: number) => void;
  /** Called before the first event. */
  readonly listening: () => void;
  readonly notices: Notices;
}

export interface Intake {
  /** Fulfilled when no event will come any more although the connection stands. */
  readonly ended: Promise<Fault>;
  /** Takes nothing any more, and acknowledges what was taken: within about 200 ms. Never rejects. */
  readonly stop: () => Promise<void>;
}

/**
 * Begins to take events.
 * @param taken for a lasting queue; undefined for one that needs no acknowledgement
 */
export async function takeEvents(
  connection: AmqpConnection,
  { name, channel }: EventQueue,
  taken: TakenEvents | undefined,
  { take, tooLarge, listening, notices }: IntakeParts,
): Promise<Intake> {
  const { where } = connection.server;
  const { amqp } = channel;
  const { ended, deleted } = endOfQueue(connection, channel, {
    queue: `${name}, which events come by`,
    channel: 'events',
  });
  let consumerTag = '';
  let hasBegun = false;
  const begin = (): void => {
    if (hasBegun) return;
    hasBegun = true;
    listening();
  };
  const batch = taken && new Batch(amqp, taken);
  const delivery = (properties: AmqpProperties, body: Buffer, redelivered: boolean, tag: number): void => {
    begin();
    if (batch === undefined || taken === undefined) return take(properties, body);
    if (batch.isOver) return;
    if (!taken.isKnown(body, redelivered)) take(properties, body);
    batch.taken(body, tag);
  };
  const onMessage = (message: ConsumeMessage | null): void => {
    if (message === null) return deleted();
    delivery(message.properties, message.content, message.fields.redelivered, message.fields.deliveryTag);
  };
  const isRead = takeOver(amqp, {
    delivery,
    tooLarge: (bytes, tag) => {
      begin();
      tooLarge(bytes);
      batch?.taken(NOTHING, tag);
    },
  });
  if (!isRead) notices.warn('amqplib is not as it was: events are read in its own, slower way');
  try {
    if (batch !== undefined) await ask(connection, amqp.prefetch(PREFETCH));
    const options = batch === undefined ? { noAck: true } : { exclusive: true };
    ({ consumerTag } = await ask(connection, amqp.consume(name, onMessage, options)));
  } catch (error) {
    batch?.stop();
    if (batch !== undefined && replyCode(error) === REPLY.accessRefused)
      throw new Fault(
        `${where} does not let us read ${name}: another exporter with the same instance reads it, or the right read ` +
          'on it is missing',
        { isStanding: true },
      );
    throw refusal(connection, error, 'read on queues that begin with celery-exporter.');
  }
  begin();
  return {
    ended,
    stop: async () => {
      if (batch === undefined) return;
      // What is acknowledged waits in line behind other messages, and a goodbye would overtake it: the answer to a
      // question on the same channel shows that it has arrived.
      const last = amqp.cancel(consumerTag).then(() => {
        batch.stop();
        return amqp.checkQueue(name);
      });
      await within(STOP_LIMIT, 'no answer', last).catch(() => undefined);
      batch.stop();
    },
  };
}

/** Acknowledges many at once. */
class Batch {
  isOver = false;
  readonly #amqp: EventQueue['channel']['amqp'];
  readonly #taken: TakenEvents;
  #last: number | undefined;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(amqp: EventQueue['channel']['amqp'], taken: TakenEvents) {
    this.#amqp = amqp;
    this.#taken = taken;
  }

  taken(body: Buffer, tag: number): void {
    this.#last = tag;
    this.#taken.taken(body);
    if (++this.#count >= ACKNOWLEDGE.count) return this.#acknowledge();
    this.#timer ??= setTimeout(() => {
      this.#acknowledge();
    }, ACKNOWLEDGE.within);
  }

  stop(): void {
    this.#acknowledge();
    this.isOver = true;
  }

  #acknowledge(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const last = this.#last;
    this.#last = undefined;
    this.#count = 0;
    if (last === undefined) return;
    try {
      // It looks at nothing else of a message.
      this.#amqp.ack({ fields: { deliveryTag: last } } as ConsumeMessage, true);
    } catch {
      // The channel is closed: what was not acknowledged comes again, and is known.
    }
  }
}

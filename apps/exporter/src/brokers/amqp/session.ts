// One life of the connection to RabbitMQ, from the first byte to the loss: one connection that takes events and answers
// and asks for queues, and one that sends requests; they stand and fall together.
import type { AmqpProperties } from '@celery-watch/celery-protocol';
import { abortableDelay } from '@celery-watch/service';
import type { ConsumeMessage } from 'amqplib';
import type { Notices } from '../broker-log.js';
import { Fault } from '../fault.js';
import { type Session, untilFault } from '../keep-connected.js';
import { type AmqpConnection, type AmqpPlan, connect } from './connection.js';
import { Broadcaster } from './broadcaster.js';
import { type Intake, takeEvents, type TakenEvents } from './deliveries.js';
import { ask, declareEventQueue, type EventQueuePlan, fault } from './event-queue.js';
import { countDropped, takeReplies } from './own-queues.js';
import { PassiveQueues, type RefusedQueues } from './passive-queues.js';
import { REPLY, replyCode } from './reasons.js';
import type { Silence } from './silence.js';

export interface AmqpSessionPlan {
  readonly connection: AmqpPlan;
  readonly events: EventQueuePlan;
  /** What the queue of answers is called. */
  readonly replyQueue: string;
  /** The fanout exchange of remote control. */
  readonly controlExchange: string;
  readonly taken: TakenEvents | undefined;
  readonly notices: Notices;
  readonly silence: Silence;
  readonly refused: RefusedQueues;
}

export interface AmqpSessionListener {
  /** Events come, and questions are answered. Comes once, before the first event. */
  listening(session: AmqpSession): void;
  event(properties: AmqpProperties, body: Buffer): void;
  /** An event that was passed over without being kept. */
  tooLarge(bytes: number): void;
  reply(message: ConsumeMessage): void;
  dropped(events: number): void;
  blocked(reason: string | undefined): void;
}

export interface AmqpSession extends Session {
  readonly queues: PassiveQueues;
  readonly broadcaster: Broadcaster;
  readonly replyQueue: string;
}

/** Milliseconds between two looks whether both connections live. */
const BEAT = 5_000;

/**
 * Rejects with a Fault, and leaves nothing open, when it does not come so far that events arrive, or when the signal
 * aborts before.
 */
export async function openSession(
  plan: AmqpSessionPlan,
  listener: AmqpSessionListener,
  signal: AbortSignal,
): Promise<AmqpSession> {
  const open: AmqpConnection[] = [];
  const closeAll = (): Promise<unknown> => Promise.all(open.map((connection) => connection.close()));
  const onAbort = (): void => void closeAll();
  signal.addEventListener('abort', onAbort, { once: true });
  const openOne = async (purpose: string): Promise<AmqpConnection> => {
    const connection = await connect(plan.connection, purpose, signal);
    open.push(connection);
    return connection;
  };
  try {
    // The first one alone: where it fails, two would fail for the same reason, a wrong password twice.
    const taking = await openOne('events');
    const sending = await openOne('requests');
    return await begin(plan, { taking, sending }, listener);
  } catch (error) {
    await closeAll();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

interface SessionConnections {
  readonly taking: AmqpConnection;
  readonly sending: AmqpConnection;
}

async function begin(
  plan: AmqpSessionPlan,
  { taking, sending }: SessionConnections,
  listener: AmqpSessionListener,
): Promise<AmqpSession> {
  const { notices, replyQueue, taken, events, silence } = plan;
  const queue = await declareEventQueue(taking, events);
  const replies = await takeReplies(taking, replyQueue, (message) => {
    listener.reply(message);
  });
  const drops = await countDropped(taking, queue, events.kept !== undefined, notices, (count) => {
    listener.dropped(count);
  });
  const over = new AbortController();
  const ours = [queue.name, replyQueue, ...(queue.dropped === undefined ? [] : [queue.dropped])];
  let heardUntil = performance.now();
  const beating = beat(taking, ours, over.signal, (name, waiting, asked) => {
    if (name === queue.name && waiting === 0) heardUntil = asked;
  });
  const broadcaster = new Broadcaster(sending, plan.controlExchange, {
    blocked: (reason) => {
      listener.blocked(reason);
    },
    heard: () => silence.events,
  });
  const watching = silence.watch(broadcaster, replyQueue, over.signal);
  let intake: Intake | undefined;
  let intakeEnded: (fault: Fault) => void = () => undefined;
  const ends = [
    taking.lost,
    sending.lost,
    untilFault(beating),
    replies.ended,
    ...(drops === undefined ? [] : [drops.ended]),
    new Promise<Fault>((resolve) => {
      intakeEnded = resolve;
    }),
  ];
  const session: AmqpSession = {
    where: taking.server.where,
    lost: Promise.race(ends),
    heardUntil: () => heardUntil,
    queues: new PassiveQueues(taking, notices, plan.refused),
    broadcaster,
    replyQueue,
    end: async () => {
      over.abort();
      await intake?.stop();
      taken?.interrupted();
      await Promise.all([taking.close(), sending.close(), beating, watching]);
    },
  };
  const parts = {
    notices,
    take: (properties: AmqpProperties, body: Buffer): void => {
      silence.event();
      listener.event(properties, body);
    },
    tooLarge: (bytes: number): void => {
      silence.event();
      listener.tooLarge(bytes);
    },
    listening: (): void => {
      // It can tell from now on.
      if (drops !== undefined) listener.dropped(0);
      listener.listening(session);
      // Else it is told with the next message that we send.
      listener.blocked(undefined);
    },
  };
  try {
    intake = await takeEvents(taking, queue, taken, parts);
  } catch (error) {
    over.abort();
    taken?.interrupted();
    throw error;
  }
  void intake.ended.then(intakeEnded);
  return session;
}

/**
 * Asks for our own queues now and then: an answer shows that the connection lives, sooner than heartbeats do, and that
 * nobody has deleted them.
 * @param answered told how many messages wait in a queue, and when it was asked
 */
async function beat(
  connection: AmqpConnection,
  queues: readonly string[],
  signal: AbortSignal,
  answered: (queue: string, waiting: number, askedAt: number) => void,
): Promise<Fault | undefined> {
  const { where } = connection.server;
  let asked = '';
  try {
    const { amqp } = await connection.channel();
    while (await abortableDelay(BEAT, signal))
      for (asked of queues) {
        const at = performance.now();
        answered(asked, (await ask(connection, amqp.checkQueue(asked))).messageCount, at);
      }
    return undefined;
  } catch (error) {
    return replyCode(error) === REPLY.notFound
      ? new Fault(`${where}: somebody has deleted the queue ${asked}, which is ours`)
      : fault(connection, error);
  }
}

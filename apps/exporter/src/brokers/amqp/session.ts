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
import { countDropped, type Intake, takeEvents, type TakenEvents } from './deliveries.js';
import { ask, declareEventQueue, type EventQueue, type EventQueuePlan, refusal } from './event-queue.js';
import { PassiveQueues } from './passive-queues.js';
import { Silence } from './silence.js';

export interface AmqpSessionPlan {
  readonly connection: AmqpPlan;
  readonly events: EventQueuePlan;
  /** What the queue of answers is called. */
  readonly replyQueue: string;
  /** The fanout exchange of remote control. */
  readonly controlExchange: string;
  readonly taken: TakenEvents | undefined;
  readonly notices: Notices;
}

export interface AmqpSessionListener {
  /** Events come, and questions are answered. Comes once, before the first event. */
  listening(session: AmqpSession): void;
  event(properties: AmqpProperties, body: Buffer): void;
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
/** Bytes of answers that the broker keeps for us. */
const MOST_REPLY_BYTES = 16 * 1024 * 1024;

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
  const { notices, replyQueue, taken } = plan;
  const queue = await declareEventQueue(taking, plan.events);
  await takeReplies(taking, replyQueue, listener);
  await countDrops(taking, queue, plan, listener);
  const over = new AbortController();
  const silence = new Silence();
  const beating = beat({ taking, queue: queue.name }, over.signal);
  const broadcaster = new Broadcaster(sending, plan.controlExchange, (reason) => {
    listener.blocked(reason);
  });
  const watching = silence.watch(broadcaster, replyQueue, over.signal);
  let intake: Intake | undefined;
  let intakeEnded: (fault: Fault) => void = () => undefined;
  const session: AmqpSession = {
    where: taking.server.where,
    lost: Promise.race([
      taking.lost,
      sending.lost,
      untilFault(beating),
      new Promise<Fault>((resolve) => {
        intakeEnded = resolve;
      }),
    ]),
    queues: new PassiveQueues(taking, notices, () => performance.now()),
    broadcaster,
    replyQueue,
    end: async () => {
      over.abort();
      await intake?.stop();
      taken?.interrupted();
      await Promise.all([taking.close(), sending.close(), beating, watching]);
    },
  };
  const take = (properties: AmqpProperties, body: Buffer): void => {
    silence.event();
    listener.event(properties, body);
  };
  const listening = (): void => {
    // It can tell from now on.
    if (queue.dropped !== undefined) listener.dropped(0);
    listener.listening(session);
    // Else it is told with the next message that we send.
    listener.blocked(undefined);
  };
  try {
    intake = await takeEvents(taking, queue, taken, take, listening);
  } catch (error) {
    over.abort();
    throw error;
  }
  void intake.ended.then(intakeEnded);
  return session;
}

async function countDrops(
  connection: AmqpConnection,
  { dropped }: EventQueue,
  { events, notices }: AmqpSessionPlan,
  listener: Pick<AmqpSessionListener, 'dropped'>,
): Promise<void> {
  if (dropped === undefined) {
    // Of a lasting queue nobody can tell what was dropped while we were away.
    if (events.kept !== undefined) return;
    return notices.warn(UNCOUNTED, {
      reason: `${connection.server.where}: the exporter's user needs the right write on amq\\.default for that`,
    });
  }
  notices.forget(UNCOUNTED);
  const tell = (count: number): void => {
    listener.dropped(count);
  };
  await countDropped(connection, dropped, tell, notices);
}

const UNCOUNTED = 'events that the broker drops while the exporter is too slow cannot be counted';

async function takeReplies(
  connection: AmqpConnection,
  name: string,
  listener: Pick<AmqpSessionListener, 'reply'>,
): Promise<void> {
  const { amqp } = await connection.channel();
  const args = { 'x-max-length-bytes': MOST_REPLY_BYTES, 'x-overflow': 'drop-head' };
  try {
    await ask(
      connection,
      amqp.assertQueue(name, { exclusive: true, autoDelete: true, durable: false, arguments: args }),
    );
    const onMessage = (message: ConsumeMessage | null): void => {
      if (message !== null) listener.reply(message);
    };
    await ask(connection, amqp.consume(name, onMessage, { noAck: true }));
  } catch (error) {
    throw refusal(connection, error, `configure and read on queues that begin with celery-exporter. (such as ${name})`);
  }
}

/** Asks for our own queue now and then: an answer shows that the connection lives, sooner than heartbeats do. */
async function beat(
  { taking, queue }: { readonly taking: AmqpConnection; readonly queue: string },
  signal: AbortSignal,
): Promise<Fault | undefined> {
  const { where } = taking.server;
  try {
    const { amqp } = await taking.channel();
    while (await abortableDelay(BEAT, signal)) await ask(taking, amqp.checkQueue(queue));
    return undefined;
  } catch (error) {
    return error instanceof Fault ? error : new Fault(`${where}: the queue ${queue}, which events come by, is gone`);
  }
}

// One life of the connection to Redis, from the first byte to the loss: commands, subscription and replies, which stand
// and fall together.
import { abortableDelay } from '@celery-watch/service';
import { askAll, connect, type Connection, type ConnectionPlan, denial } from './connection.js';
import { watchConnections } from './keepalive.js';
import type { Notices } from '../broker-log.js';
import { Fault } from '../fault.js';
import { type Session, untilFault } from '../keep-connected.js';
import { endLeftovers } from './leftovers.js';
import { drainReplies } from './replies.js';
import { type SubscriptionListener, Subscription } from './subscription.js';

export interface SessionPlan {
  readonly connection: ConnectionPlan;
  /** For PSUBSCRIBE. */
  readonly eventPatterns: readonly string[];
  /** The reply list's key. */
  readonly replyKey: string;
  /** What the keys of all exporters' reply lists look like, as SCAN takes it. */
  readonly replyPattern: string;
  readonly notices: Notices;
  /** See Watched.moved. */
  readonly moved: (() => Promise<Fault | undefined>) | undefined;
}

export interface SessionListener extends SubscriptionListener {
  /** Subscribed, and commands are answered. Comes once, before the first event. */
  listening(session: RedisSession): void;
  reply(payload: Buffer, connection: Connection): void;
}

/** A session with what the questions need. */
export interface RedisSession extends Session {
  /** For commands that do not block. */
  readonly commands: Connection;
  /** Why replies cannot be read; undefined when they can. */
  readonly replyTrouble: () => Fault | undefined;
}

/** Milliseconds that a stop waits for the reply list's deletion. */
const TIDY_LIMIT = 150;

/**
 * Rejects with a Fault, and leaves nothing open, when it does not come so far that events arrive, or when the signal
 * aborts before.
 */
export async function openSession(
  plan: SessionPlan,
  listener: SessionListener,
  signal: AbortSignal,
): Promise<RedisSession> {
  const open: Connection[] = [];
  const openOne = async (db: number): Promise<Connection> => {
    const connection = await connect({ ...plan.connection, db }, signal);
    open.push(connection);
    return connection;
  };
  const closeAll = (): Promise<unknown> => Promise.all(open.map((connection) => connection.close()));
  const onAbort = (): void => void closeAll();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // The first one alone: where it fails, three would fail for the same reason, and a wrong password would be tried
    // thrice.
    const commands = await openOne(plan.connection.db);
    await checkMaster(commands, plan);
    // PUB/SUB knows no databases, so the subscriber needs no right to select one.
    const outcomes = await Promise.allSettled([openOne(0), openOne(plan.connection.db)]);
    const [subscriber, replies] = outcomes.map(fulfilled) as [Connection, Connection];
    const subscription = new Subscription(subscriber, listener);
    const session = keep(plan, { commands, subscription, replies }, listener);
    try {
      await subscription.begin(plan.eventPatterns, () => {
        listener.listening(session);
      });
    } catch (error) {
      await session.end(false);
      throw error;
    }
    return session;
  } catch (error) {
    await closeAll();
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** As a write this tells a master from a replica; and what a lost session left in the list is of no use any more. */
async function checkMaster(commands: Connection, { replyKey, notices }: SessionPlan): Promise<void> {
  const [, deleted] = await askAll(commands, 'PING', [['ping'], ['del', replyKey]]);
  if (deleted instanceof Error)
    notices.warn(
      `the reply list cannot be tidied up: ${denial(deleted, commands, `+del +expire ~${replyKey}`).message}`,
    );
}

interface SessionConnections {
  readonly commands: Connection;
  readonly subscription: Subscription;
  readonly replies: Connection;
}

function keep(
  plan: SessionPlan,
  { commands, subscription, replies }: SessionConnections,
  listener: SessionListener,
): RedisSession {
  const { replyKey, replyPattern, notices, moved } = plan;
  const over = new AbortController();
  let trouble: Fault | undefined;
  const replyListener = {
    reply: (payload: Buffer): void => {
      listener.reply(payload, commands);
    },
    trouble: (why: Fault | undefined): void => {
      if (why) notices.warn(`remote control is off, since its replies cannot be read: ${why.message}`);
      trouble = why;
    },
  };
  const drained = drainReplies(replies, replyKey, replyListener, over.signal);
  const watched = watchConnections({ commands, subscription, replyKey, moved }, over.signal);
  const swept = endLeftovers(commands, replyPattern, replyKey, over.signal);
  const lost = Promise.race([
    commands.lost,
    replies.lost,
    subscription.connection.lost.then((fault) => onlySubscription(fault, commands, over.signal)),
    untilFault(drained),
    untilFault(watched),
  ]);
  return {
    where: commands.server.where,
    commands,
    replyTrouble: () => trouble,
    lost,
    heardUntil: () => subscription.heardUntil,
    end: async (tidy) => {
      over.abort();
      if (tidy && commands.client.status === 'ready')
        await askAll(commands, 'DEL', [['del', replyKey]], TIDY_LIMIT).catch(() => undefined);
      await Promise.all([
        ...[commands, subscription.connection, replies].map((connection) => connection.close()),
        drained,
        watched,
        swept,
      ]);
    },
  };
}

/**
 * A server that stops closes all connections; one that closes the subscription alone was told to, or found us too slow.
 */
async function onlySubscription(fault: Fault, commands: Connection, signal: AbortSignal): Promise<Fault> {
  const alsoCommands = await Promise.race([commands.lost, abortableDelay(30, signal)]);
  return alsoCommands instanceof Fault
    ? alsoCommands
    : new Fault(
        `${fault.message}, that of the event subscription alone: killed by somebody, or too slow for ` +
          'client-output-buffer-limit pubsub',
      );
}

function fulfilled<T>(outcome: PromiseSettledResult<T>): T {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

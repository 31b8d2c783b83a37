// What a broker is to the exporter: the plug-in point. One file (or folder) for each transport, one contract test for
// all.
import type {
  ControlMethod,
  Message,
  QueueHead,
  RedisTransportOptions,
  RefusalReason,
} from '@celery-watch/celery-protocol';
import type { BrokerTrouble } from './broker-log.js';

export interface Broker {
  /**
   * Connects, listens and hands everything to the listener until the signal aborts; then closes and resolves, within
   * half a second. A broker that is away, refuses the password or cuts the connection is tried again with backoff and
   * jitter for ever; this never rejects for it. Listening again must be reached within 3 s of the broker's return.
   */
  run(listener: BrokerListener, signal: AbortSignal): Promise<void>;

  /**
   * Sends a remote-control request to the workers (all, or those in `destination`); replies come to the listener, and
   * may come before this resolves. Resolves to how many listeners the broker handed it to, about as many as there are
   * live workers; undefined where the broker does not say. Rejects at once while there is no connection, and with
   * TypeError for a request that must not be sent.
   */
  broadcast(request: Broadcast): Promise<number | undefined>;

  /** Reads the given queues. Rejects while there is no connection, or after its own time limit. */
  readQueues(queues: readonly string[]): Promise<QueueReadings>;

  /**
   * The transport options under which the queues are read from now on: what they name keys by. With several, whatever
   * is under any of them counts, each key once. Everything else stays as it was opened. Absent where the options of
   * workers name nothing.
   */
  readUnder?(options: readonly [RedisTransportOptions, ...RedisTransportOptions[]]): void;

  /**
   * The queues that are bound on the broker, dead ones too; each once, sorted. The search may take several calls, each
   * of which finds more. Rejects like readQueues.
   */
  boundQueues(): Promise<readonly string[]>;

  /** What it was asked for and does not give at this time, such as a queue that our user may not read. */
  readonly troubles: readonly BrokerTrouble[];
}

/** Who listens to a broker. None of these may throw. */
export interface BrokerListener {
  /** Subscribed: events arrive from now on. `again` when a connection had been lost before. */
  connected(again: boolean): void;
  /**
   * An attempt failed, or the connection was lost. `reason` is for people and holds no secret. Called once for each
   * failed attempt.
   * @param heardAgo seconds: what was said longer ago has been heard; what was said since may be lost. Absent where no
   *   connection was lost, or the broker cannot tell.
   */
  disconnected(reason: string, heardAgo?: number): void;
  /** A message from the event exchange. */
  event(message: Message): void;
  /** A worker's answer. */
  reply(message: Message): void;
  /** A message that could not even be opened. */
  refused(reason: RefusalReason, detail: string): void;
  /**
   * The broker threw events away before we could read them, since they took too much room: so many more. A broker that
   * can tell says 0 once it is connected.
   */
  dropped(events: number): void;
  /**
   * The broker takes no messages from anybody until further notice, for this reason; undefined: it does. A broker that
   * can tell says either after each new connection, as soon as it is known.
   */
  blocked(reason: string | undefined): void;
}

export interface Broadcast {
  readonly method: ControlMethod;
  /** Comes back with each reply. */
  readonly ticket: string;
  /** Nodenames, at least one; absent for everybody. */
  readonly destination?: readonly string[];
}

export interface QueueReadings {
  /** Messages waiting, whatever their priority; 0 for a queue that does not exist. */
  readonly lengths: ReadonlyMap<string, number>;
  /** Messages that workers hold unacknowledged, over all queues; undefined where the broker cannot say. */
  readonly unacked: number | undefined;
  /**
   * The message that is taken next, for each priority step that has one. None for a queue of which it could not be
   * read, and for all where the option is off.
   */
  readonly heads: ReadonlyMap<string, readonly QueueHead[]>;
  /** Messages cannot be looked at without taking them: what is next is worked out from task-sent. */
  readonly hidesHeads?: true;
  /** Consumers of each queue as the broker counts them; a queue is missing where it does not say. */
  readonly consumers: ReadonlyMap<string, number>;
  /** Messages that the broker itself keeps until their time comes; undefined where it does not say. */
  readonly delayed: number | undefined;
}

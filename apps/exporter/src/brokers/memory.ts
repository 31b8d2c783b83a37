// A broker in memory, for tests: it keeps the contract, and is told what to bring, what to hold and when to be away.
import {
  controlBody,
  type Message,
  type QueueHead,
  readAmqpMessage,
  type RedisTransportOptions,
  Refusal,
  type RefusalReason,
} from '@celery-watch/celery-protocol';
import type { BrokerTrouble } from './broker-log.js';
import type { Broadcast, Broker, BrokerListener, QueueReadings } from './broker.js';

interface Run {
  readonly listener: BrokerListener;
  isConnected: boolean;
  wasConnected: boolean;
}

export class MemoryBroker implements Broker {
  /** What was broadcast so far, oldest first. */
  readonly requests: Broadcast[] = [];
  /** How many workers hear a broadcast; undefined: it does not say. */
  listeners: number | undefined = 1;
  /** What `readQueues` answers as unacked. */
  unacked: number | undefined = 0;
  /** What `readQueues` answers as consumers and as delayed. */
  consumers: ReadonlyMap<string, number> = new Map();
  delayed: number | undefined = undefined;
  /** Whether `readQueues` tells the heads. */
  readHeads = true;
  /** Whether heads can never be read. */
  hidesHeads = false;
  troubles: readonly BrokerTrouble[] = [];
  /** What `readUnder` was told, oldest first. */
  readonly readingsUnder: (readonly RedisTransportOptions[])[] = [];
  readonly #queues = new Map<string, Map<number, readonly QueueHead[]>>();
  readonly #bound = new Map<string, Set<string>>();
  #away: string | undefined;
  #run: Run | undefined;

  async run(listener: BrokerListener, signal: AbortSignal): Promise<void> {
    const run = { listener, isConnected: false, wasConnected: false };
    this.#run = run;
    // As over a network, nothing is known before a moment has passed.
    await Promise.resolve();
    if (signal.aborted) return;
    if (this.#away === undefined) this.#connect(run);
    else listener.disconnected(this.#away);
    await new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
    this.#run = undefined;
  }

  async broadcast(request: Broadcast): Promise<number | undefined> {
    await this.#answer();
    // The same refusals as on the wire.
    controlBody({ ...request, replyTo: 'memory' });
    this.requests.push(request);
    return this.listeners;
  }

  async readQueues(queues: readonly string[]): Promise<QueueReadings> {
    await this.#answer();
    const steps = (queue: string): readonly (readonly QueueHead[])[] =>
      [...(this.#queues.get(queue) ?? [])].sort(([a], [b]) => a - b).map(([, messages]) => messages);
    return {
      lengths: new Map(
        queues.map((queue) => [queue, steps(queue).reduce((sum, messages) => sum + messages.length, 0)]),
      ),
      unacked: this.unacked,
      heads: new Map(
        this.readHeads && !this.hidesHeads
          ? queues.map((queue) => [queue, steps(queue).flatMap((messages) => messages.slice(0, 1))])
          : [],
      ),
      ...(this.hidesHeads && { hidesHeads: true }),
      consumers: this.consumers,
      delayed: this.delayed,
    };
  }

  /** Its queues have no names that options could change: it only remembers. */
  readUnder(options: readonly RedisTransportOptions[]): void {
    this.readingsUnder.push(options);
  }

  async boundQueues(): Promise<readonly string[]> {
    await this.#answer();
    return [...new Set([...this.#bound.values()].flatMap((queues) => [...queues]))].sort();
  }

  /** A message on the event exchange. Lost while nobody listens, as in PUB/SUB. */
  publishEvent(message: Message): void {
    this.#deliver(message, (listener, event) => {
      listener.event(event);
    });
  }

  /** A message for whoever asked. */
  publishReply(message: Message): void {
    this.#deliver(message, (listener, reply) => {
      listener.reply(reply);
    });
  }

  /** What could not be opened. */
  refuse(reason: RefusalReason): void {
    if (this.#run?.isConnected === true) this.#run.listener.refused(reason, 'in memory');
  }

  /** The broker takes no messages for a reason, or (undefined) takes them again. */
  block(reason: string | undefined): void {
    if (this.#run?.isConnected === true) this.#run.listener.blocked(reason);
  }

  /** The broker goes away; whoever listens is told the reason. Also before `run`, which then cannot connect. */
  down(reason: string): void {
    this.#away = reason;
    if (this.#run) {
      this.#run.isConnected = false;
      this.#run.listener.disconnected(reason);
    }
  }

  up(): void {
    this.#away = undefined;
    if (this.#run && !this.#run.isConnected) this.#connect(this.#run);
  }

  /** What waits in a queue at one priority, the one that is taken next first. */
  setQueue(queue: string, messages: readonly QueueHead[], step = 0): void {
    const steps = this.#queues.get(queue) ?? new Map<number, readonly QueueHead[]>();
    this.#queues.set(queue, steps.set(step, messages));
  }

  bind(exchange: string, queue: string): void {
    this.#bound.set(exchange, (this.#bound.get(exchange) ?? new Set()).add(queue));
  }

  #connect(run: Run): void {
    run.isConnected = true;
    run.listener.connected(run.wasConnected);
    run.wasConnected = true;
  }

  async #answer(): Promise<void> {
    await Promise.resolve();
    if (this.#run?.isConnected !== true)
      throw new Error(`no connection to the broker: ${this.#away ?? 'it is not running'}`);
  }

  #deliver(sent: Message, hand: (listener: BrokerListener, message: Message) => void): void {
    if (this.#run?.isConnected !== true) return;
    const message = readAmqpMessage(sent, sent.body);
    if (message instanceof Refusal) this.#run.listener.refused(message.reason, message.detail);
    else hand(this.#run.listener, message);
  }
}

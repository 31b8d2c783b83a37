// One stream to one broker: as fast as the subscriber takes it, or at a rate; on Redis never more than its output
// buffer should hold.
import { setImmediate as breathe, setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { EventStream, type EventType, type StreamSettings } from './event-stream.js';
import { AmqpPublisher } from './amqp-publisher.js';
import type { Outlet } from './outlet.js';
import { Publisher } from './publisher.js';
import { Random } from './random.js';

export interface OpenSettings extends StreamSettings {
  readonly host: string;
  readonly port: number;
  /** Default Redis. RabbitMQ keeps what the subscriber has not read, and nobody looks how much that is. */
  readonly broker?: 'redis' | 'rabbitmq' | undefined;
  /** Templates are made for so many names, of which `names` are used at first. */
  readonly mostNames?: number | undefined;
}

/** What has been sent since the session was opened. */
export interface Sent {
  readonly counts: Readonly<Record<EventType, number>>;
  readonly events: number;
  readonly messages: number;
  readonly bytes: number;
  /** Messages that did not reach exactly one subscriber. */
  readonly strays: number;
  /** Milliseconds that the stream stood still because the subscriber had too much to read. */
  readonly heldBack: number;
}

/** Bytes that Redis may hold for the subscriber. */
const MOST_HELD = 16 * 1024 * 1024;
const RESUME_BELOW = 8 * 1024 * 1024;
const LOOK_EVERY_MS = 10;
const HEARTBEAT_LOOK_MS = 100;
const MESSAGES_A_TURN = 400;
const FLOW_TICK_MS = 4;

export class Session {
  readonly stream: EventStream;
  readonly #publisher: Outlet;
  readonly #watch: Redis | undefined;
  readonly #heartbeats: NodeJS.Timeout;
  readonly #look: NodeJS.Timeout;
  #held = 0;
  #heldBack = 0;
  #flow: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  static async open(settings: OpenSettings): Promise<Session> {
    const random = new Random(Date.now());
    const { host, port, broker = 'redis' } = settings;
    const onRedis = broker === 'redis';
    const watch = onRedis ? new Redis({ host, port }) : undefined;
    const publisher = onRedis ? await Publisher.open(host, port, random) : await AmqpPublisher.open(host, port);
    return new Session(publisher, watch, new EventStream(publisher, random, settings, settings.mostNames));
  }

  private constructor(publisher: Outlet, watch: Redis | undefined, stream: EventStream) {
    this.#publisher = publisher;
    this.#watch = watch;
    this.stream = stream;
    stream.online();
    publisher.flush();
    this.#heartbeats = setInterval(() => {
      stream.heartbeats();
      publisher.flush();
    }, HEARTBEAT_LOOK_MS);
    this.#look = setInterval(() => {
      void this.#lookAtSubscriber();
    }, LOOK_EVERY_MS);
  }

  get sent(): Sent {
    const { messages, bytes, strays } = this.#publisher;
    return {
      counts: this.stream.counts,
      events: this.stream.events,
      messages,
      bytes,
      strays,
      heldBack: Math.round(this.#heldBack),
    };
  }

  /**
   * Sends about so many events as fast as they are taken, and returns when Redis has given all of them to the
   * subscriber, or RabbitMQ has all of them.
   */
  async send(events: number): Promise<void> {
    await this.#untilDone(events, () => this.stream.next());
  }

  /** Sends tasks that never end; so much of them is started, the rest waits. */
  async abandon(tasks: number, startedShare: number): Promise<void> {
    let started = 0;
    let made = 0;
    await this.#untilDone(tasks, () => {
      const isStarted = started < ++made * startedShare;
      if (isStarted) started++;
      this.stream.abandon(isStarted);
      return 1;
    });
  }

  /** Sends so many events a second from now until `stopFlow`. */
  startFlow(rate: number): void {
    const stop = new AbortController();
    this.#flow = { stop, done: this.#run(rate, stop.signal) };
  }

  async stopFlow(): Promise<void> {
    this.#flow?.stop.abort();
    await this.#flow?.done;
    this.#flow = undefined;
    await this.#drained();
  }

  /** No heartbeats any more: from here on the counts stand. */
  async quiet(): Promise<void> {
    clearInterval(this.#heartbeats);
    await this.#drained();
  }

  close(): void {
    clearInterval(this.#heartbeats);
    clearInterval(this.#look);
    this.#watch?.disconnect();
    this.#publisher.close();
  }

  async #untilDone(amount: number, next: () => number): Promise<void> {
    for (let left = amount; left > 0;) {
      for (let i = 0; i < MESSAGES_A_TURN && left > 0; i++) left -= next();
      this.#publisher.flush();
      if (this.#publisher.isFull) await this.#publisher.caughtUp();
      else await breathe();
      if (this.#held > MOST_HELD) await this.#subscriberCatchesUp();
    }
    await this.#drained();
  }

  async #run(rate: number, signal: AbortSignal): Promise<void> {
    const begin = performance.now();
    for (let sent = 0; !signal.aborted;) {
      const due = ((performance.now() - begin) / 1000) * rate;
      while (sent < due) sent += this.stream.next();
      this.#publisher.flush();
      await delay(FLOW_TICK_MS);
    }
  }

  async #subscriberCatchesUp(): Promise<void> {
    const begin = performance.now();
    while (this.#held > RESUME_BELOW) await delay(LOOK_EVERY_MS / 2);
    this.#heldBack += performance.now() - begin;
  }

  async #drained(): Promise<void> {
    await this.#publisher.caughtUp(true);
    await this.#lookAtSubscriber();
    while (this.#held > 0) await delay(LOOK_EVERY_MS / 2);
  }

  async #lookAtSubscriber(): Promise<void> {
    if (this.#watch === undefined || this.#watch.status === 'end') return;
    const list = (await this.#watch.call('CLIENT', 'LIST', 'TYPE', 'pubsub')) as string;
    this.#held = [...list.matchAll(/ (?:omem|obl)=(\d+)/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  }
}

// The RabbitMQ broker: keeps a session up for as long as it is told to, and puts the questions of the pollers to it.
import { randomUUID } from 'node:crypto';
import { type AmqpProperties, type Message, readAmqpMessage, Refusal } from '@celery-watch/celery-protocol';
import type { Broadcast, Broker, BrokerListener, QueueReadings } from '../broker.js';
import { type BrokerTrouble, Notices } from '../broker-log.js';
import { SessionKeeper } from '../keep-connected.js';
import type { BrokerSettings } from '../settings.js';
import { type Misfit, sameHost, type SettingsToFit, transport } from '../transport.js';
import { unquote } from '../url-parts.js';
import { type AmqpAddress, type AmqpHost, readAddress, SCHEMES, WANTED } from './address.js';
import { planConnection } from './connection.js';
import { TakenEvents } from './deliveries.js';
import { Management } from './management.js';
import { RefusedQueues } from './passive-queues.js';
import { QueueReader } from './queues.js';
import { Silence } from './silence.js';
import { type AmqpSession, type AmqpSessionListener, openSession } from './session.js';

/** For amqp://, amqps:// and lists of them. Speaks AMQP 0-9-1, on two connections. */
export const amqpTransport = transport<AmqpAddress>({
  name: 'amqp',
  schemes: SCHEMES,
  wanted: WANTED,
  readAddress,
  misfits: (_address, settings) => misfits(settings),
  sources: ({ hosts }, { exchanges: { eventExchange } }) =>
    hosts.map(
      ({ host, port, tls, vhost }) =>
        `${sameHost(host, port ?? (tls === undefined ? 5672 : 5671))} ${JSON.stringify(vhost)} ${eventExchange}`,
    ),
  open: (address, settings) => new AmqpBroker(settings, address),
});

/** A queue's name has at most 255 bytes, and ours hold more than this. */
const MOST_INSTANCE_BYTES = 120;

function misfits({ eventQueueKeep, instance, managementUrl }: SettingsToFit): readonly Misfit[] {
  const found: Misfit[] = [];
  if (eventQueueKeep !== undefined && instance === undefined)
    found.push({
      key: 'instance',
      where: 'with event_queue_keep',
      wanted: 'a name that stays the same over restarts: by it the exporter finds its queue again',
    });
  if (instance !== undefined && Buffer.byteLength(instance) > MOST_INSTANCE_BYTES)
    found.push({
      key: 'instance',
      where: 'with an amqp:// broker_url',
      wanted: `at most ${String(MOST_INSTANCE_BYTES)} bytes: it is a part of the names of queues`,
    });
  if (managementUrl !== undefined && !isHttp(managementUrl))
    found.push({
      key: 'rabbitmq_management_url',
      where: 'with an amqp:// broker_url',
      wanted:
        'an address such as http://rabbitmq:15672, with user:password@ where they are not those of the broker_url',
    });
  return found;
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

class AmqpBroker implements Broker {
  readonly #settings: BrokerSettings;
  readonly #hosts: readonly [AmqpHost, ...AmqpHost[]];
  readonly #notices: Notices;
  readonly #keeper: SessionKeeper<AmqpSession>;
  readonly #management: Management | undefined;
  readonly #queues: QueueReader;
  readonly #taken: TakenEvents | undefined;
  readonly #silence = new Silence();
  readonly #refused = new RefusedQueues(() => performance.now());
  #signal: AbortSignal = AbortSignal.abort();
  #turn = 0;

  constructor(settings: BrokerSettings, { hosts }: AmqpAddress) {
    this.#settings = settings;
    this.#hosts = hosts;
    this.#notices = new Notices(settings.log);
    this.#keeper = new SessionKeeper(settings.log);
    this.#management = managementOf(settings, hosts[0]);
    this.#queues = new QueueReader(this.#management, this.#notices, settings.readHeads, () => performance.now());
    this.#taken = settings.eventQueueKeep === undefined ? undefined : new TakenEvents();
  }

  run(listener: BrokerListener, signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    const heard = sessionListener(listener);
    return this.#keeper.run((listening, until) => this.#open({ ...heard, listening }, until), listener, signal);
  }

  async broadcast(request: Broadcast): Promise<number | undefined> {
    const { broadcaster, replyQueue } = this.#keeper.session;
    const isHeard = await broadcaster.send({ ...request, replyTo: replyQueue });
    if (!isHeard) return 0;
    return this.#queues.listeners(this.#controlExchange, this.#signal);
  }

  async readQueues(queues: readonly string[]): Promise<QueueReadings> {
    return this.#queues.read(this.#keeper.session.queues, queues, this.#signal);
  }

  /** AMQP can list nothing: without the management API these are none. */
  async boundQueues(): Promise<readonly string[]> {
    this.#keeper.expectSession();
    return this.#queues.bound(this.#signal);
  }

  get troubles(): readonly BrokerTrouble[] {
    return this.#notices.troubles;
  }

  get #controlExchange(): string {
    return `${this.#settings.exchanges.controlExchange}.pidbox`;
  }

  /** The hosts take turns, beginning anew with that which worked last. */
  async #open(listener: AmqpSessionListener, signal: AbortSignal): Promise<AmqpSession> {
    const { tls, exchanges, ownName, instance, eventQueueKeep } = this.#settings;
    const host = this.#hosts[this.#turn % this.#hosts.length] ?? this.#hosts[0];
    const name = `${ownName}.${randomUUID().slice(0, 8)}`;
    try {
      return await openSession(
        {
          connection: await planConnection(host, tls),
          events: {
            exchange: exchanges.eventExchange,
            name,
            kept:
              eventQueueKeep === undefined
                ? undefined
                : {
                    name: `celery-exporter.${instance ?? ''}.${exchanges.eventExchange}.kept-${String(eventQueueKeep)}s`,
                    seconds: eventQueueKeep,
                  },
          },
          replyQueue: `${name}.reply`,
          controlExchange: this.#controlExchange,
          taken: this.#taken,
          notices: this.#notices,
          silence: this.#silence,
          refused: this.#refused,
        },
        listener,
        signal,
      );
    } catch (error) {
      this.#turn++;
      throw error;
    }
  }
}

function managementOf({ managementUrl, tls }: BrokerSettings, host: AmqpHost): Management | undefined {
  if (managementUrl === undefined) return undefined;
  const url = new URL(managementUrl);
  const own = url.username !== '' || url.password !== '';
  return new Management({
    url,
    username: own ? unquote(url.username) : host.username,
    password: own ? unquote(url.password) : host.password,
    vhost: host.vhost,
    tls,
  });
}

function sessionListener(listener: BrokerListener): Omit<AmqpSessionListener, 'listening'> {
  const read = (properties: AmqpProperties, body: Buffer, hand: (message: Message) => void): void => {
    const message = readAmqpMessage(properties, body);
    if (message instanceof Refusal) listener.refused(message.reason, message.detail);
    else hand(message);
  };
  const event = (message: Message): void => {
    listener.event(message);
  };
  return {
    event: (properties, body) => {
      read(properties, body, event);
    },
    tooLarge: (bytes) => {
      listener.refused('too_large', `${String(bytes)} bytes`);
    },
    reply: ({ properties, content }) => {
      read(properties, content, (reply) => {
        listener.reply(reply);
      });
    },
    dropped: (events) => {
      listener.dropped(events);
    },
    blocked: (reason) => {
      listener.blocked(reason);
    },
  };
}

// The Redis broker: keeps a session up for as long as it is told to, and puts the questions of the pollers to it.
import {
  EnvelopeReader,
  joinNames,
  redisControlPayload,
  redisNames,
  type RedisNames,
  type RedisTransportOptions,
  Refusal,
  sentinelNames,
} from '@celery-watch/celery-protocol';
import type { Broadcast, Broker, BrokerListener, QueueReadings } from '../broker.js';
import { ANY_REPLY_LIST, type BrokerSettings, replyListName } from '../settings.js';
import { readAddress, type RedisAddress, SCHEMES, WANTED } from './address.js';
import { SessionKeeper } from '../keep-connected.js';
import { type Misfit, sameHost, type SourceSettings, transport } from '../transport.js';
import { askAll, type Command, type Connection, denial } from './connection.js';
import { type BrokerTrouble, Notices } from '../broker-log.js';
import { hostAndPort } from '../reasons.js';
import { Fault } from '../fault.js';
import { planConnection } from './connection-plan.js';
import { boundQueues, ExchangeScan, readQueues } from './queues.js';
import { QueueHeads } from './queue-heads.js';
import { REPLY_TTL } from './replies.js';
import { findMaster } from './sentinel.js';
import { openSession, type RedisSession, type SessionListener } from './session.js';

/** For redis://, rediss://, unix sockets and Sentinel. Speaks RESP 2, on three connections. */
export const redisTransport = transport<RedisAddress>({
  name: 'redis',
  schemes: SCHEMES,
  wanted: WANTED,
  readAddress,
  misfits: (address, { transportOptions }) =>
    address.kind === 'sentinel' && transportOptions.masterName === undefined ? [NO_MASTER_NAME] : [],
  sources: (address, settings) =>
    waysTo(address, settings).flatMap((way) =>
      placesOf(address, settings).flatMap(({ eventPatterns }) => eventPatterns.map((pattern) => `${way} ${pattern}`)),
    ),
  open: (address, settings) => new RedisBroker(settings, address),
});

/** Channels are of the whole server: the number of the database, where it counts, is in their names. */
function waysTo(address: RedisAddress, { transportOptions: { masterName = '' } }: SourceSettings): readonly string[] {
  if (address.kind === 'socket') return [address.path];
  if (address.kind === 'redis') return [sameHost(address.host, address.port)];
  return address.sentinels.map(({ host, port }) => `${sameHost(host, port)} ${masterName}`);
}

/** Behind Sentinels workers may be in two places. */
function placesOf(
  address: RedisAddress,
  { transportOptions, exchanges }: SourceSettings,
): readonly [RedisNames, ...RedisNames[]] {
  return address.kind === 'sentinel'
    ? sentinelNames(transportOptions, address.db, exchanges)
    : [redisNames(transportOptions, address.db, exchanges)];
}

const NO_MASTER_NAME: Misfit = {
  key: 'broker_transport_options',
  where: 'with a sentinel:// broker_url',
  wanted: 'master_name, the name of the master as the Sentinels know it, such as {"master_name": "mymaster"}',
};

class RedisBroker implements Broker {
  readonly #settings: BrokerSettings;
  readonly #address: RedisAddress;
  #names: RedisNames;
  /** Behind Sentinels workers may be in two places. */
  readonly #eventPatterns: readonly string[];
  readonly #controlChannels: readonly string[];
  readonly #replyList: string;
  readonly #replyKey: string;
  readonly #replyPattern: string;
  readonly #notices: Notices;
  readonly #keeper: SessionKeeper<RedisSession>;
  readonly #scan = new ExchangeScan();
  /** undefined where the option is off. */
  readonly #heads: QueueHeads | undefined;

  constructor(settings: BrokerSettings, address: RedisAddress) {
    this.#settings = settings;
    this.#address = address;
    const places = placesOf(address, settings);
    this.#names = places[0];
    this.#eventPatterns = places.flatMap(({ eventPatterns }) => eventPatterns);
    this.#controlChannels = places.map(({ controlChannel }) => controlChannel);
    this.#replyList = replyListName(settings);
    this.#replyKey = this.#names.listKey(this.#replyList);
    this.#heads = settings.readHeads ? new QueueHeads() : undefined;
    this.#replyPattern = this.#names.listKey('').replace(/[*?[\]\\]/g, '\\$&') + ANY_REPLY_LIST;
    this.#notices = new Notices(settings.log);
    this.#keeper = new SessionKeeper(settings.log);
  }

  run(listener: BrokerListener, signal: AbortSignal): Promise<void> {
    const heard = sessionListener(listener, (connection) => {
      // A worker may push more while we die: the list then ends by itself.
      void connection.client.expire(this.#replyKey, REPLY_TTL).catch(() => undefined);
    });
    return this.#keeper.run((listening, until) => this.#open({ ...heard, listening }, until), listener, signal);
  }

  async broadcast(request: Broadcast): Promise<number> {
    const { commands, replyTrouble } = this.#keeper.session;
    // The replies would pile up in a list that nobody empties.
    const trouble = replyTrouble();
    if (trouble) throw trouble;
    const payload = redisControlPayload({ ...request, replyTo: this.#replyList });
    const channels = this.#controlChannels;
    const answers = await askAll(commands, 'PUBLISH', [
      ...channels.map((channel): Command => ['publish', channel, payload]),
      ['expire', this.#replyKey, REPLY_TTL],
    ]);
    const listeners = answers.slice(0, channels.length);
    const denied = listeners.find((answer) => answer instanceof Error);
    if (denied) throw denial(denied, commands, `+publish ${channels.map((channel) => `&${channel}`).join(' ')}`);
    return listeners.reduce((sum: number, answer) => sum + Number(answer), 0);
  }

  async readQueues(queues: readonly string[]): Promise<QueueReadings> {
    return readQueues(this.#keeper.session.commands, this.#names, queues, this.#heads, this.#notices);
  }

  async boundQueues(): Promise<readonly string[]> {
    const { commands } = this.#keeper.session;
    const exchanges = await this.#scan.next(commands, this.#names, this.#notices);
    return boundQueues(commands, this.#names, [...exchanges], this.#notices);
  }

  get troubles(): readonly BrokerTrouble[] {
    return this.#notices.troubles;
  }

  readUnder([first, ...others]: readonly [RedisTransportOptions, ...RedisTransportOptions[]]): void {
    const { transportOptions, exchanges } = this.#settings;
    const named = (options: RedisTransportOptions): RedisNames =>
      redisNames(
        { ...transportOptions, prioritySteps: options.prioritySteps, sep: options.sep, unackedKey: options.unackedKey },
        // Only channels have the number of the database in their names, and these stay.
        0,
        exchanges,
      );
    this.#names = joinNames([named(first), ...others.map(named)]);
  }

  async #open(listener: SessionListener, signal: AbortSignal): Promise<RedisSession> {
    const address = this.#address;
    const { transportOptions, tls } = this.#settings;
    const { masterName = '', sentinelUsername: username, sentinelPassword: password } = transportOptions;
    const sentinel = { masterName, login: { username, password } };
    const connection = await planConnection(address, tls, sentinel, signal);
    const moved = async (): Promise<Fault | undefined> => {
      if (address.kind !== 'sentinel') return undefined;
      const master = await findMaster(address, sentinel, signal);
      const { host, port } = connection.socket;
      if (master.host === host && master.port === port) return undefined;
      return new Fault(
        `the Sentinels have made ${hostAndPort(master.host, master.port)} the master ${masterName}, no longer ` +
          connection.server.where,
      );
    };
    return openSession(
      {
        connection,
        eventPatterns: this.#eventPatterns,
        replyKey: this.#replyKey,
        replyPattern: this.#replyPattern,
        notices: this.#notices,
        moved,
      },
      listener,
      signal,
    );
  }
}

/** @param onReply told of each reply */
function sessionListener(
  listener: BrokerListener,
  onReply: (connection: Connection) => void,
): Omit<SessionListener, 'listening'> {
  // Replies have a reader of their own for each: their headers never repeat, so remembering them would only push the
  // events' out.
  const events = new EnvelopeReader();
  return {
    event: (payload) => {
      const message = events.read(payload);
      if (message instanceof Refusal) listener.refused(message.reason, message.detail);
      else listener.event(message);
    },
    tooLarge: (bytes) => {
      listener.refused('too_large', `${String(bytes)} bytes`);
    },
    reply: (payload, connection) => {
      onReply(connection);
      const message = new EnvelopeReader().read(payload);
      if (message instanceof Refusal) listener.refused(message.reason, message.detail);
      else listener.reply(message);
    },
  };
}

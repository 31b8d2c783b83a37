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
import { abortableDelay, backoff } from '@celery-watch/service';
import type { Broadcast, Broker, BrokerListener, QueueReadings } from '../broker.js';
import { ANY_REPLY_LIST, type BrokerSettings } from '../settings.js';
import { type BrokerAddress, parseBrokerUrl } from '../broker-url.js';
import { askAll, type Command, denial } from './connection.js';
import { type BrokerTrouble, Notices, OutageLog } from '../broker-log.js';
import { hostAndPort } from './reasons.js';
import { Fault } from '../fault.js';
import { planConnection } from './connection-plan.js';
import { boundQueues, ExchangeScan, readQueues } from './queues.js';
import { QueueHeads } from './queue-heads.js';
import { REPLY_TTL } from './replies.js';
import { findMaster } from './sentinel.js';
import { type SessionListener, openSession, type Session } from './session.js';

/** Milliseconds. With the time that an attempt itself takes, attempts begin at most about two seconds apart. */
const BACKOFF = { baseMs: 100, maxMs: 1_500 };
/**
 * Milliseconds that a session must have lived for the waits to begin anew: a server that cuts us at once is not
 * hammered.
 */
const STEADY = 10_000;

/**
 * For redis://, rediss://, unix sockets and Sentinel. Speaks RESP 2, on three connections: commands, subscription,
 * replies. Throws TypeError for a URL that `parseBrokerUrl` refuses, and for Sentinels without `master_name`;
 * everything later becomes a reason that the listener is told.
 */
export function openRedis(settings: BrokerSettings): Broker {
  const address = parseBrokerUrl(settings.url);
  if (address.kind === 'problem') throw new TypeError(address.problem);
  if (address.kind === 'sentinel' && settings.transportOptions.masterName === undefined) {
    throw new TypeError(
      'sentinel:// needs the transport option master_name: the name of the master as the Sentinels know it',
    );
  }
  return new RedisBroker(settings, address);
}

class RedisBroker implements Broker {
  readonly #settings: BrokerSettings;
  readonly #address: BrokerAddress;
  #names: RedisNames;
  /** Behind Sentinels workers may be in two places. */
  readonly #eventPatterns: readonly string[];
  readonly #controlChannels: readonly string[];
  readonly #replyKey: string;
  readonly #replyPattern: string;
  readonly #notices: Notices;
  readonly #outages: OutageLog;
  readonly #scan = new ExchangeScan();
  /** undefined where the option is off. */
  readonly #heads: QueueHeads | undefined;
  #session: Session | undefined;
  #reason = 'it is not running';

  constructor(settings: BrokerSettings, address: BrokerAddress) {
    this.#settings = settings;
    this.#address = address;
    const { transportOptions, exchanges } = settings;
    const places =
      address.kind === 'sentinel'
        ? sentinelNames(transportOptions, address.db, exchanges)
        : ([redisNames(transportOptions, address.db, exchanges)] as const);
    this.#names = places[0];
    this.#eventPatterns = places.flatMap(({ eventPatterns }) => eventPatterns);
    this.#controlChannels = places.map(({ controlChannel }) => controlChannel);
    this.#replyKey = this.#names.listKey(settings.replyList);
    this.#heads = settings.readHeads ? new QueueHeads() : undefined;
    this.#replyPattern = this.#names.listKey('').replace(/[*?[\]\\]/g, '\\$&') + ANY_REPLY_LIST;
    this.#notices = new Notices(settings.log);
    this.#outages = new OutageLog(settings.log, () => performance.now());
  }

  async run(listener: BrokerListener, signal: AbortSignal): Promise<void> {
    const heard = this.#sessionListener(listener);
    let failures = 0;
    const isStopped = (): boolean => signal.aborted;
    while (!isStopped()) {
      const began = performance.now();
      let lived = false;
      try {
        const session = await this.#open(heard, signal);
        const fault = await untilAborted(session.lost, signal);
        lived = performance.now() - began > STEADY;
        this.#leave(fault?.message ?? 'stopping');
        await session.end(isStopped());
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        this.#leave(error.message);
      }
      if (isStopped()) break;
      this.#outages.failed(this.#reason);
      listener.disconnected(this.#reason);
      failures = lived ? 0 : failures + 1;
      const spent = lived ? 0 : performance.now() - began;
      await abortableDelay(Math.max(backoff(failures, BACKOFF, Math.random) - spent, BACKOFF.baseMs / 2), signal);
    }
    this.#leave('it is stopped');
  }

  async broadcast(request: Broadcast): Promise<number> {
    const { commands, replyTrouble } = this.#connected();
    // The replies would pile up in a list that nobody empties.
    const trouble = replyTrouble();
    if (trouble) throw trouble;
    const payload = redisControlPayload({ ...request, replyTo: this.#settings.replyList });
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
    return readQueues(this.#connected().commands, this.#names, queues, this.#heads, this.#notices);
  }

  async boundQueues(): Promise<readonly string[]> {
    const { commands } = this.#connected();
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

  /** From here on questions are refused, with the reason. */
  #leave(reason: string): void {
    this.#session = undefined;
    this.#reason = reason;
  }

  #connected(): Session {
    if (this.#session === undefined) throw new Fault(`no connection to the broker: ${this.#reason}`);
    return this.#session;
  }

  async #open(listener: SessionListener, signal: AbortSignal): Promise<Session> {
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

  #sessionListener(listener: BrokerListener): SessionListener {
    let again = false;
    // Replies have a reader of their own for each: their headers never repeat, so remembering them would only push the
    // events' out.
    const events = new EnvelopeReader();
    return {
      listening: (session) => {
        this.#session = session;
        this.#outages.connected(session.commands.server.where);
        listener.connected(again);
        again = true;
      },
      event: (payload) => {
        const message = events.read(payload);
        if (message instanceof Refusal) listener.refused(message.reason, message.detail);
        else listener.event(message);
      },
      tooLarge: (bytes) => {
        listener.refused('too_large', `${String(bytes)} bytes`);
      },
      reply: (payload) => {
        // A worker may push more while we die: the list then ends by itself.
        void this.#session?.commands.client.expire(this.#replyKey, REPLY_TTL).catch(() => undefined);
        const message = new EnvelopeReader().read(payload);
        if (message instanceof Refusal) listener.refused(message.reason, message.detail);
        else listener.reply(message);
      },
    };
  }
}

/** What the work gives, or undefined when the signal aborts first. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  return new Promise((resolve) => {
    const onAbort = (): void => {
      resolve(undefined);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    void work.then((value) => {
      signal.removeEventListener('abort', onAbort);
      resolve(value);
    });
  });
}

// For live tests: a RabbitMQ broker that runs, with everything it says to its listener and to its log written down; and
// hands on the other side of the server.
import { readFile } from 'node:fs/promises';
import { DEFAULT_TRANSPORT_OPTIONS } from '@celery-watch/celery-protocol';
import { memoryLog } from '@celery-watch/service';
import { type RabbitmqServer, waitFor } from '@celery-watch/testbed';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import type { Broker } from '../broker.js';
import { Recorder, type SentMessage } from '../broker-contract.js';
import type { BrokerSettings } from '../settings.js';
import { readUrl } from '../transport.js';
import { amqpTransport } from './amqp-broker.js';

export const OWN_NAME = 'celery-exporter.test.1';

export interface WatchedBroker extends AsyncDisposable {
  readonly broker: Broker;
  readonly heard: Recorder;
  /** `level: message`, without what is written at debug. */
  readonly log: () => readonly string[];
  /** Waits for so many connections, the first by default. */
  listening(count?: number): Promise<void>;
  /** Waits for so many reasons; gives the last. */
  reason(count?: number): Promise<string>;
  /** Ends it; gives the milliseconds that took. */
  stop(): Promise<number>;
}

export function openWatched(
  url: string,
  settings: Partial<BrokerSettings> = {},
): { readonly broker: Broker; readonly lines: ReturnType<typeof memoryLog>['lines'] } {
  const { log, lines } = memoryLog();
  const place = readUrl([amqpTransport], url);
  if ('problem' in place) throw new TypeError(place.problem);
  const broker = place.open({
    transportOptions: DEFAULT_TRANSPORT_OPTIONS,
    exchanges: { eventExchange: 'celeryev', controlExchange: 'celery' },
    tls: { verify: true },
    instance: undefined,
    ownName: OWN_NAME,
    readHeads: true,
    managementUrl: undefined,
    eventQueueKeep: undefined,
    log,
    ...settings,
  });
  return { broker, lines };
}

export function watchBroker(url: string, settings?: Partial<BrokerSettings>): WatchedBroker {
  const { broker, lines } = openWatched(url, settings);
  const heard = new Recorder();
  const controller = new AbortController();
  const running = broker.run(heard, controller.signal);
  const stop = async (): Promise<number> => {
    const began = performance.now();
    controller.abort();
    await running;
    return performance.now() - began;
  };
  return {
    broker,
    heard,
    log: () => lines.filter(({ level }) => level !== 'debug').map(({ level, msg }) => `${level}: ${msg}`),
    listening: (count = 1) => heard.until(`${String(count)} connections`, () => heard.connections.length >= count),
    async reason(count = 1) {
      await heard.until(`${String(count)} reasons`, () => heard.reasons.length >= count);
      return heard.reasons.at(-1) ?? '';
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** A connection of the other side: workers, clients, an administrator. */
export interface Hand extends AsyncDisposable {
  readonly amqp: Channel;
  publish(exchange: string, routingKey: string, message: SentMessage): void;
  close(): Promise<void>;
}

export async function handOn(server: RabbitmqServer): Promise<Hand> {
  const { vhost, ...parts } = server.connection;
  const { certificates } = server;
  const tls = certificates && {
    ca: [await readFile(certificates.ca)],
    cert: await readFile(certificates.clientCertificate),
    key: await readFile(certificates.clientKey),
  };
  const model: ChannelModel = await connect({ ...parts, vhost: encodeURIComponent(vhost) }, { ...tls });
  model.on('error', () => undefined);
  const amqp = await model.createChannel();
  amqp.on('error', () => undefined);
  const close = async (): Promise<void> => {
    await model.close().catch(() => undefined);
  };
  return {
    amqp,
    publish: (exchange, routingKey, { body, contentType, headers }) => {
      amqp.publish(exchange, routingKey, body, { contentType, contentEncoding: 'utf-8', headers, deliveryMode: 1 });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** What of ours is still on the server; it notices closed connections a moment later than we do. */
export async function leftovers(
  { management }: RabbitmqServer,
  mayStay: (name: string) => boolean = () => false,
): Promise<readonly string[]> {
  const seen = async (): Promise<string[]> => {
    const [queues, connections] = await Promise.all([management.queues(), management.connections()]);
    return [
      ...queues.map(({ name }) => name).filter((name) => name.startsWith('celery-exporter') && !mayStay(name)),
      ...connections
        .map(({ client_properties: properties }) => String(properties['connection_name']))
        .filter((name) => name.startsWith('celery-exporter')),
    ];
  };
  await waitFor(async () => (await seen()).length === 0, { within: 15_000, what: 'the server has forgotten us' }).catch(
    () => undefined,
  );
  return seen();
}

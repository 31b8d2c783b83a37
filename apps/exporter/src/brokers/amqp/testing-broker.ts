// For live tests: a RabbitMQ broker that runs, with everything it says to its listener and to its log written down; and
// hands on the other side of the server.
import { readFile } from 'node:fs/promises';
import { type RabbitmqServer, waitFor } from '@celery-watch/testbed';
import { type Channel, type ChannelModel, connect } from 'amqplib';
import type { SentMessage } from '../broker-contract.js';
import type { BrokerSettings } from '../settings.js';
import { openFor, type OpenedBroker, runWatched, type WatchedBroker } from '../testing-watched.js';
import { amqpTransport } from './amqp-broker.js';

export type { WatchedBroker } from '../testing-watched.js';

export function openWatched(url: string, settings: Partial<BrokerSettings> = {}): OpenedBroker {
  return openFor(amqpTransport, url, { ownName: 'celery-exporter.test.1', ...settings });
}

export function watchBroker(url: string, settings?: Partial<BrokerSettings>): WatchedBroker {
  return runWatched(openWatched(url, settings));
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

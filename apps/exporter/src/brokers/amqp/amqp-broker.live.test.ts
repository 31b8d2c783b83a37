// The broker on a real RabbitMQ: the contract.
import { randomUUID } from 'node:crypto';
import { afterAll } from '@jest/globals';
import { type RabbitmqOptions, type RabbitmqServer, Testbed } from '@celery-watch/testbed';
import type { ConsumeMessage } from 'amqplib';
import { brokerContract, type BrokerGround, message } from '../broker-contract.js';
import type { BrokerSettings } from '../settings.js';
import { type Hand, handOn, leftovers, openWatched } from './testing-broker.js';

interface Form {
  readonly server?: RabbitmqOptions;
  readonly settings?: (server: RabbitmqServer) => Partial<BrokerSettings>;
  readonly hasManagement: boolean;
  /** Events are kept while we are away: the queue stays behind on purpose. */
  readonly keeps?: true;
}

const FORMS: Readonly<Record<string, Form>> = {
  'RabbitMQ as it comes': { hasManagement: false },
  'RabbitMQ with the management API, another vhost, other names, events that are kept, and TLS with a client certificate':
    {
      server: { vhost: 'a/b c', user: 'watch er', password: 'p@ss/w:rd', tls: { clientCertificate: true } },
      settings: ({ management, certificates }) => ({
        managementUrl: management.url,
        instance: 'kept',
        eventQueueKeep: 600,
        exchanges: { eventExchange: 'other.events', controlExchange: 'other' },
        tls: {
          verify: true,
          ...(certificates && {
            caFile: certificates.ca,
            certFile: certificates.clientCertificate,
            keyFile: certificates.clientKey,
          }),
        },
      }),
      hasManagement: true,
      keeps: true,
    },
};

for (const [name, form] of Object.entries(FORMS)) {
  const bed = new Testbed();
  // One server for all tests of a form: it starts in seconds, not in milliseconds as Redis does.
  let server: Promise<RabbitmqServer> | undefined;
  afterAll(() => bed.close());
  brokerContract(name, async ({ down }) => {
    server ??= bed.rabbitmq({ ...form.server, management: true });
    return openGround(await server, form, down);
  });
}

async function openGround(server: RabbitmqServer, form: Form, down: boolean): Promise<BrokerGround> {
  const { management } = server;
  const settings = form.settings?.(server) ?? {};
  const { eventExchange = 'celeryev', controlExchange = 'celery' } = settings.exchanges ?? {};
  const { broker } = openWatched(server.url, settings);
  const requests: { method: string; destination: readonly string[] | null; ticket: string }[] = [];
  let hand: Hand | undefined;
  const queues = new Set<string>();
  /** What the first worker makes; and a queue of its own for requests. */
  const begin = async (): Promise<Hand> => {
    const { amqp } = (hand = await handOn(server));
    await amqp.assertExchange(eventExchange, 'topic', { durable: true });
    await amqp.assertExchange(`${controlExchange}.pidbox`, 'fanout', { durable: false });
    const { queue } = await amqp.assertQueue(`w1@example.${randomUUID()}.pidbox`, {
      exclusive: true,
      autoDelete: true,
    });
    await amqp.bindQueue(queue, `${controlExchange}.pidbox`, '');
    await amqp.consume(queue, (request) => request && heardRequest(request), { noAck: true });
    return hand;
  };
  const heardRequest = ({ content, properties }: ConsumeMessage): void => {
    if (properties.contentType !== 'application/json') throw new Error('no request that a worker could read');
    requests.push(JSON.parse(content.toString()) as (typeof requests)[number]);
  };
  const queue = async (name: string): Promise<void> => {
    queues.add(name);
    await hand?.amqp.assertQueue(name, { durable: true, maxPriority: 10 });
  };
  if (down) await server.kill();
  else await begin();
  return {
    broker,
    tells: {
      heads: false,
      unacked: form.hasManagement,
      bound: form.hasManagement,
      listeners: form.hasManagement,
      consumers: true,
    },
    publishEvent: (event) => Promise.resolve(hand?.publish(eventExchange, 'task.multi', event)),
    publishReply: async (reply) => {
      const own = (await management.queues()).find(({ name }) => name.endsWith('.reply'));
      hand?.publish('', own?.name ?? '', reply);
    },
    malformed: [],
    putTasks: async (name, ids, priority = 0) => {
      await queue(name);
      for (const id of ids)
        hand?.amqp.sendToQueue(name, message([[1, 2], {}, {}], {}).body, {
          contentType: 'application/json',
          headers: { lang: 'py', task: 'facts.add', id },
          priority,
        });
    },
    holdMessages: async (count) => {
      await queue('held');
      for (let i = 0; i < count; i++) hand?.amqp.sendToQueue('held', Buffer.from('{}'));
      await hand?.amqp.consume('held', () => undefined);
    },
    consume: async (name) => {
      await queue(name);
      await hand?.amqp.consume(name, () => undefined);
    },
    bind: async (exchange, name) => {
      await queue(name);
      if (exchange === 'celery') return;
      await hand?.amqp.assertExchange(exchange, 'direct', { durable: false });
      await hand?.amqp.bindQueue(name, exchange, name);
    },
    requests: () => Promise.resolve(requests),
    down: async () => {
      await server.kill();
    },
    up: async () => {
      await server.restart();
      await begin();
    },
    leftovers: () => leftovers(server, (name) => form.keeps === true && name.includes('.kept-')),
    async close() {
      if (!server.process.running) await server.restart();
      await hand?.close();
      for (const { name } of await management.queues()) await management.deleteQueue(name).catch(() => undefined);
    },
  };
}

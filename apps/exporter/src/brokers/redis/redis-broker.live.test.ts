// The broker on real Redis servers: the contract, and what only Redis does.
import { decodeBody, EnvelopeReader, Refusal } from '@celery-watch/celery-protocol';
import { type RedisOptions, Testbed, waitFor } from '@celery-watch/testbed';
import { Redis } from 'ioredis';
import { brokerContract, type BrokerGround } from '../broker-contract.js';
import { envelope, MALFORMED, taskEnvelope } from './testing-messages.js';
import { openWatched, REPLY_LIST, type WatchOptions } from './testing-broker.js';

interface Form {
  readonly server?: RedisOptions;
  readonly options?: WatchOptions;
  /** As kombu writes them (docs/protocol/redis.md#channels, docs/protocol/redis.md#keys), spelled out once more. */
  readonly prefix: string;
  readonly separator: string;
  readonly channelPrefix: string;
}

const FORMS: Readonly<Record<string, Form>> = {
  'Redis as it comes': { prefix: '', separator: '\x06\x16', channelPrefix: '/0.' },
  'Redis with a prefix, another separator, database 3 and a password': {
    server: { database: 3, password: 'p@ss w/rd' },
    options: { transportOptions: { globalKeyprefix: 'pfx:', sep: '|', prioritySteps: [0, 3, 9] } },
    prefix: 'pfx:',
    separator: '|',
    channelPrefix: 'pfx:/3.',
  },
  'Redis on a unix socket': {
    server: { unixSocket: true, database: 1 },
    prefix: '',
    separator: '\x06\x16',
    channelPrefix: '/1.',
  },
  'Redis over TLS with a client certificate': {
    server: { tls: { clientCertificate: true } },
    prefix: '',
    separator: '\x06\x16',
    channelPrefix: '/0.',
  },
};

for (const [name, form] of Object.entries(FORMS)) brokerContract(name, ({ down }) => openGround(form, down));

async function openGround(
  { server, options, prefix, separator, channelPrefix }: Form,
  down: boolean,
): Promise<BrokerGround> {
  const bed = new Testbed();
  const redis = await bed.redis(server);
  const { certificates } = redis;
  const tls = certificates && {
    caFile: certificates.ca,
    certFile: certificates.clientCertificate,
    keyFile: certificates.clientKey,
  };
  const { broker } = openWatched(redis.url, { ...options, ...(tls && { tls }) });
  const hand = new Redis({ ...redis.connection, disconnectTimeout: 100 });
  // Its own resubscription would reject unheard when the test ends in that moment.
  const worker = hand.duplicate({ autoResubscribe: false });
  for (const client of [hand, worker]) client.on('error', () => undefined);
  const requests: { method: string; destination: readonly string[] | null; ticket: string }[] = [];
  await worker.subscribe(`${channelPrefix}celery.pidbox`);
  worker.on('messageBuffer', (_channel: Buffer, payload: Buffer) => {
    const message = new EnvelopeReader().read(payload);
    if (message instanceof Refusal) throw new Error(message.detail);
    requests.push(decodeBody(message.body, message.contentType) as (typeof requests)[number]);
  });
  const stepKey = (queue: string, step: number): string =>
    prefix + (step === 0 ? queue : queue + separator + String(step));
  const publish = async (payload: Buffer): Promise<void> => {
    await hand.publish(`${channelPrefix}celeryev/task.multi`, payload);
  };
  if (down) await redis.stop();
  return {
    broker,
    tells: { heads: true, unacked: true, bound: true, listeners: true, consumers: false },
    publishEvent: async (event) => publish(envelope(event)),
    publishReply: async (reply) => {
      await hand.lpush(prefix + REPLY_LIST, envelope(reply));
    },
    malformed: MALFORMED.map(({ payload, reason }) => ({ reason, publish: () => publish(payload) })),
    putTasks: async (queue, ids, priority = 0) => {
      await hand.lpush(stepKey(queue, priority), ...ids.map(taskEnvelope));
    },
    consume: () => Promise.reject(new Error('Redis knows no consumers')),
    holdMessages: async (count) => {
      for (let i = 0; i < count; i += 1) await hand.hset(`${prefix}unacked`, `tag-${String(i)}`, '[]');
    },
    bind: async (exchange, queue) => {
      await hand.sadd(`${prefix}_kombu.binding.${exchange}`, ['key', '', queue].join(separator));
    },
    requests: () => Promise.resolve(requests),
    down: async () => {
      await redis.stop();
    },
    up: () => redis.restart(),
    async leftovers() {
      const seen = async (): Promise<string[]> => {
        const clients = String(await hand.client('LIST'))
          .split('\n')
          .filter((line) => line.includes('name=celery-exporter'));
        return [...clients, ...(await hand.keys('*')).filter((key) => key.includes('celery-exporter'))];
      };
      // The server notices closed connections a moment later than we do.
      await waitFor(async () => (await seen()).length === 0, {
        within: 5_000,
        what: 'the server has forgotten us',
      }).catch(() => undefined);
      return seen();
    },
    async close() {
      hand.disconnect();
      worker.disconnect();
      await bed.close();
    },
  };
}

// On which broker a consumer is measured: a fresh server of its kind, and when all of a stream has left it.
import { type RabbitmqServer, type RedisServer, type Testbed, waitFor } from '@celery-watch/testbed';
import { benchRedis } from '../bench-part.js';

export interface Ground<Server> {
  readonly broker: 'redis' | 'rabbitmq';
  /** So many events are sent before the server is asked whether all of them have left it. */
  readonly atOnce: number;
  start(bed: Testbed): Promise<Server>;
  /** Until the server has given everything to the subscriber. */
  drained(server: Server): Promise<void>;
}

/** The generator looks at Redis itself, and waits for a slow subscriber. */
export const ON_REDIS: Ground<RedisServer> = {
  broker: 'redis',
  atOnce: Infinity,
  start: benchRedis,
  drained: () => Promise.resolve(),
};

/** Queues that are never long: the exporter's own drops the oldest at 64 MiB, which is more than 100,000 events. */
export const ON_RABBITMQ: Ground<RabbitmqServer> = {
  broker: 'rabbitmq',
  atOnce: 50_000,
  start: (bed) => bed.rabbitmq(),
  drained: async (server) => {
    const waiting = 'lists:sum([element(2, rabbit_amqqueue:stat(Q)) || Q <- rabbit_amqqueue:list(<<"/">>)])';
    await waitFor(async () => (await server.evaluate(waiting)) === '0', {
      within: 120_000,
      what: 'RabbitMQ has given all messages away',
    });
  },
};

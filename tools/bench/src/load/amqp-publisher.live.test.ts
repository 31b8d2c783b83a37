// What the generator sends to RabbitMQ arrives as Celery's events do there: properties, routing keys, every single one.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RabbitmqServer, Testbed, waitFor } from '@celery-watch/testbed';
import { connect, type ConsumeMessage } from 'amqplib';
import { AmqpPublisher } from './amqp-publisher.js';
import { Session } from './session.js';

describe('a stream to RabbitMQ', () => {
  const bed = new Testbed();
  let rabbitmq: RabbitmqServer;
  const heard: ConsumeMessage[] = [];

  beforeAll(async () => {
    rabbitmq = await bed.rabbitmq();
    const connection = await connect(rabbitmq.url);
    // It ends with the server.
    connection.on('error', () => undefined);
    const channel = await connection.createChannel();
    await channel.assertExchange('celeryev', 'topic', { durable: true });
    const { queue } = await channel.assertQueue('', { exclusive: true });
    await channel.bindQueue(queue, 'celeryev', '#');
    await channel.consume(queue, (message) => message && heard.push(message), { noAck: true });
  });
  afterAll(() => bed.close());

  it('brings each event once, as Celery writes it', async () => {
    const { host, port } = rabbitmq;
    const session = await Session.open({ broker: 'rabbitmq', host, port, kind: 'multi', workers: 3, names: 5 });
    await session.send(20_000);
    await session.quiet();
    const { sent } = session;
    session.close();
    await waitFor(() => heard.length >= sent.messages, { within: 30_000, what: 'all messages' });
    const counts: Record<string, number> = {};
    for (const { content } of heard)
      for (const { type } of [JSON.parse(content.toString())].flat() as { type: string }[])
        counts[type] = (counts[type] ?? 0) + 1;
    expect(counts).toEqual(Object.fromEntries(Object.entries(sent.counts).filter(([, count]) => count > 0)));
    expect([heard.length, sent.strays]).toEqual([sent.messages, 0]);
    const multi = heard.find(({ fields }) => fields.routingKey === 'task.multi');
    expect(multi?.properties).toMatchObject({
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      deliveryMode: 1,
      priority: 0,
    });
    const [first] = JSON.parse(multi?.content.toString() ?? '[]') as { hostname: string }[];
    expect(multi?.properties.headers).toEqual({ hostname: first?.hostname });
  });

  it('counts what reaches nobody, and says why the broker ended it', async () => {
    const publisher = await AmqpPublisher.open(rabbitmq.host, rabbitmq.port);
    await rabbitmq.evaluate(
      '[rabbit_amqqueue:delete(Q, false, false, <<"test">>) || Q <- rabbit_amqqueue:list(<<"/">>)].',
    );
    publisher.publish(publisher.route('w@h', 'worker.online'), Buffer.from('{}'), 2);
    await publisher.caughtUp(true);
    expect(publisher.strays).toBe(1);
    await rabbitmq.stop();
    publisher.publish(publisher.route('w@h', 'worker.online'), Buffer.from('{}'), 2);
    await expect(publisher.caughtUp(true)).rejects.toThrow(/RabbitMQ (says|has closed)/);
    publisher.close();
  });
});

// What is lost on RabbitMQ is counted, and what is kept is not lost.
import { spawnSync } from 'node:child_process';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { type RabbitmqServer, Testbed, waitFor } from '@celery-watch/testbed';
import { message } from '../broker-contract.js';
import { type Hand, handOn, watchBroker, type WatchedBroker } from './testing-broker.js';

const bed = new Testbed();
let server: Promise<RabbitmqServer> | undefined;
const open: AsyncDisposable[] = [];

async function rabbit(): Promise<RabbitmqServer> {
  server ??= bed.rabbitmq({
    management: true,
    users: [
      {
        name: 'least',
        password: 'least',
        vhost: '/',
        configure: '^celery-exporter\\.',
        write: '^(celery-exporter\\..*|celery\\.pidbox)$',
        read: '^(celery-exporter\\..*|celeryev)$',
      },
    ],
  });
  return await server;
}

function watch(...args: Parameters<typeof watchBroker>): WatchedBroker {
  const watched = watchBroker(...args);
  open.push(watched);
  return watched;
}

async function hand(): Promise<Hand> {
  const held = await handOn(await rabbit());
  open.push(held);
  await held.amqp.assertExchange('celeryev', 'topic', { durable: true });
  return held;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each[Symbol.asyncDispose]()));
});
afterAll(() => bed.close());

/** A program that publishes so many events and ends when the broker has them all. */
const PUBLISH = `
import { connect } from ${JSON.stringify(import.meta.resolve('amqplib'))};
const [url, count] = process.argv.slice(1);
const connection = await connect(url);
const channel = await connection.createConfirmChannel();
for (let n = 0; n < Number(count); n++)
  channel.publish('celeryev', 'task.multi', Buffer.from(JSON.stringify({ n, text: 'x'.repeat(1000) })), { contentType: 'application/json' });
await channel.waitForConfirms();
await connection.close();
`;

const POISON = `
import sys, amqp
with amqp.Connection('127.0.0.1:' + sys.argv[1]) as connection:
    channel = connection.channel()
    body = '{"n": 0}'
    headers = {'big': 2 ** 40}
    message = amqp.Message(body, content_type='application/json', content_encoding='utf-8', application_headers=headers)
    channel.basic_publish(message, 'celeryev', 'task.multi')
`;

const event = (n: number): ReturnType<typeof message> => message({ n, text: 'x'.repeat(1000) }, { hostname: 'w@h' });
const numbers = ({ heard }: WatchedBroker): number[] =>
  heard.events.map(({ body }) => (JSON.parse(body.toString()) as { n: number }).n);

it('are read from the socket, past amqplib', async () => {
  const on = await rabbit();
  const watched = watch(on.url);
  await watched.listening();
  expect(watched.log()).toEqual([expect.stringMatching(/^info: listening to the broker at/)]);
});

it.each([undefined, 60])('with properties that the client knows no type of end nothing (kept: %s)', async (keep) => {
  const on = await rabbit();
  const sender = await hand();
  const watched = watch(on.url, { instance: 'poison', eventQueueKeep: keep });
  await watched.listening();
  // A header with an integer beyond 2^31, as Python's client writes it.
  const { status, stderr } = spawnSync('/usr/bin/python3', ['-c', POISON, String(on.port)]);
  expect([status, stderr.toString()]).toEqual([0, '']);
  sender.publish('celeryev', 'task.multi', event(1));
  await watched.heard.until('the event behind', () => numbers(watched).includes(1));
  expect(watched.heard.events.map(({ headers }) => headers['big'])).toContain(2 ** 40);
  expect([watched.heard.reasons, watched.heard.refusals]).toEqual([[], []]);
});

describe('events that the broker has no room for', () => {
  it('are counted to the last one, and the youngest come', async () => {
    const on = await rabbit();
    // What an administrator sets goes with our own limit: the lesser one holds.
    await on.management.putPolicy('small', {
      pattern: '\\.events$',
      definition: { 'max-length': 100 },
      'apply-to': 'queues',
    });
    const watched = watch(on.url);
    await watched.listening();
    expect(watched.heard.lost).toBe(0);
    const count = 20_000;
    // This process stands still until all of them are published.
    const { status, stderr } = spawnSync(process.execPath, [
      '--input-type=module',
      '--eval',
      PUBLISH,
      on.url,
      String(count),
    ]);
    expect([status, stderr.toString()]).toEqual([0, '']);
    await waitFor(() => watched.heard.events.length + watched.heard.lost >= count, {
      within: 30_000,
      what: 'each event to be taken or counted',
    });
    expect(watched.heard.events.length + watched.heard.lost).toBe(count);
    expect(watched.heard.lost).toBeGreaterThan(0);
    expect(numbers(watched).at(-1)).toBe(count - 1);
    await on.management.deletePolicy('small');
  });

  it('cannot be counted with the least rights, which is said with the right that is missing', async () => {
    const on = await rabbit();
    await hand();
    const watched = watch(on.urlFor({ user: 'least', password: 'least' }));
    await watched.listening();
    expect(watched.broker.troubles).toEqual([
      {
        what: 'events that the broker drops while the exporter is too slow cannot be counted',
        reason: expect.stringMatching(/needs the right write on amq\\\.default/),
      },
    ]);
    expect(watched.heard.reasons).toEqual([]);
  });
});

describe('events that are kept', () => {
  const KEPT = { instance: 'kept', eventQueueKeep: 60 };

  it('come after a restart: what was published meanwhile, nothing twice', async () => {
    const on = await rabbit();
    const sender = await hand();
    const first = watch(on.url, KEPT);
    await first.listening();
    for (let n = 0; n < 1_000; n++) sender.publish('celeryev', 'task.multi', event(n));
    await first.heard.until('the first', () => first.heard.events.length === 1_000);
    await first.stop();
    for (let n = 1_000; n < 3_000; n++) sender.publish('celeryev', 'task.multi', event(n));
    const second = watch(on.url, KEPT);
    await second.heard.until('the rest', () => second.heard.events.length >= 2_000);
    for (let n = 3_000; n < 3_100; n++) sender.publish('celeryev', 'task.multi', event(n));
    await second.heard.until('what came later', () => numbers(second).includes(3_099));
    expect([...numbers(first), ...numbers(second)]).toEqual(Array.from({ length: 3_100 }, (_, n) => n));
  });

  it('come once each, also when the connection is cut in the middle', async () => {
    const on = await rabbit();
    const sender = await hand();
    const watched = watch(on.url, { ...KEPT, instance: 'cut' });
    await watched.listening();
    const ours = (name: unknown): boolean => String(name).startsWith('celery-exporter');
    await waitFor(
      async () =>
        (await on.management.connections()).some(({ client_properties: { connection_name: name } }) => ours(name)),
      { within: 15_000, what: 'our connection in the list' },
    );
    for (let n = 0; n < 20_000; n++) sender.publish('celeryev', 'task.multi', event(n));
    await watched.heard.until('some', () => watched.heard.events.length > 500);
    await on.management.closeConnections(({ client_properties: { connection_name: name } }) => ours(name));
    await watched.listening(2);
    await watched.heard.until('the last', () => numbers(watched).includes(19_999));
    expect(numbers(watched).sort((a, b) => a - b)).toEqual(Array.from({ length: 20_000 }, (_, n) => n));
  });

  it('are read by one exporter of that name alone, and the other says why it waits', async () => {
    const on = await rabbit();
    await hand();
    const first = watch(on.url, { ...KEPT, instance: 'twice' });
    await first.listening();
    const second = watch(on.url, { ...KEPT, instance: 'twice' });
    expect(await second.reason()).toMatch(/another exporter with the same instance reads it/);
    await first.stop();
    await second.listening();
  });
});

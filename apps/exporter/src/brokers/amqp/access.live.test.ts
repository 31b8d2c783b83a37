// Who may come in, and how we say that we may not: the rights of a RabbitMQ user, as the guides give them.
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { silentLog } from '@celery-watch/service';
import { type RabbitmqServer, Testbed, waitFor } from '@celery-watch/testbed';
import { message } from '../broker-contract.js';
import { Notices } from '../broker-log.js';
import { readAddress } from './address.js';
import { type AmqpConnection, connect, planConnection } from './connection.js';
import { PassiveQueues, type QueueAnswer, RefusedQueues } from './passive-queues.js';
import { type Hand, handOn, watchBroker, type WatchedBroker } from './testing-broker.js';

const bed = new Testbed();
let server: Promise<RabbitmqServer> | undefined;
const open: AsyncDisposable[] = [];

interface Rights {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

let users = 0;
/** The URL of a new user with these rights. */
async function userWith(rights: Rights, tags = ''): Promise<string> {
  server ??= bed.rabbitmq({ management: true });
  const on = await server;
  const user = `user-${String(++users)}`;
  await on.management.putUser(user, 'least', tags);
  await on.management.putPermissions(user, rights);
  return on.urlFor({ user, password: 'least' });
}

function watch(...args: Parameters<typeof watchBroker>): WatchedBroker {
  const watched = watchBroker(...args);
  open.push(watched);
  return watched;
}

async function connectionOf(url: string): Promise<AmqpConnection> {
  const { hosts } = readAddress(url);
  const connection = await connect(
    await planConnection(hosts[0], { verify: true }),
    'test',
    new AbortController().signal,
  );
  open.push({ [Symbol.asyncDispose]: () => connection.close() });
  return connection;
}

/** Workers have run: their exchanges and queues are there. */
async function workers(): Promise<Hand> {
  const on = await (server as Promise<RabbitmqServer>);
  const hand = await handOn(on);
  open.push(hand);
  await hand.amqp.assertExchange('celeryev', 'topic', { durable: true });
  await hand.amqp.assertExchange('celery.pidbox', 'fanout', { durable: false });
  await hand.amqp.assertQueue('celery', { durable: true });
  return hand;
}

async function rightsIn(guide: string): Promise<Rights> {
  const text = await readFile(new URL(`../../../../../docs/monitoring/${guide}`, import.meta.url), 'utf8');
  const found = /set_permissions -p \/ celery-exporter '([^']*)' '([^']*)' '([^']*)'/.exec(text) ?? [];
  const [, configure = 'none', write = 'none', read = 'none'] = found;
  return { configure, write, read };
}

const LEAST: Rights = {
  configure: '^celery-exporter\\.',
  write: '^(celery-exporter\\..*|celery\\.pidbox)$',
  read: '^(celery-exporter\\..*|celeryev|celery|later|locked)$',
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each[Symbol.asyncDispose]()));
});
afterAll(() => bed.close());

describe('a user', () => {
  it.each(['CELERY_MONITORING_GUIDE.md', 'CELERY_MONITORING_GUIDE.zh-CN.md'])(
    'with the rights that %s gives can do everything',
    async (guide) => {
      const url = await userWith(await rightsIn(guide), 'management');
      const hand = await workers();
      const managementUrl = (await (server as Promise<RabbitmqServer>)).management.url;
      const watched = watch(url, { managementUrl });
      await watched.listening();
      hand.publish('celeryev', 'worker.heartbeat', message({ type: 'worker-heartbeat' }, {}));
      await watched.heard.until('the event', () => watched.heard.events.length === 1);
      hand.amqp.sendToQueue('celery', Buffer.from('{}'));
      await waitFor(async () => (await watched.broker.readQueues(['celery'])).lengths.get('celery') === 1, {
        within: 10_000,
        what: 'the length',
      });
      await hand.amqp.purgeQueue('celery');
      expect(await watched.broker.boundQueues()).toContain('celery');
      expect(await watched.broker.broadcast({ method: 'ping', ticket: 't' })).toBe(0);
      expect([watched.broker.troubles, watched.heard.reasons, watched.heard.lost]).toEqual([[], [], 0]);
    },
  );

  it.each<[string, Partial<Rights>, RegExp]>([
    ['that may not make a queue', { configure: '^$' }, /needs the right configure on queues that begin with celery-ex/],
    ['that may not read events', { read: '^celery-exporter\\.' }, /needs the right read on the exchange celeryev/],
    ['that may not read its own queues', { read: '^celeryev$' }, /needs the right configure and read on queues/],
  ])('%s is told so', async (_what, fewer, reason) => {
    const url = await userWith({ ...LEAST, ...fewer });
    await workers();
    expect(await watch(url).reason()).toMatch(reason);
  });

  it('that may not ask workers is told so when it does, and hears all the same', async () => {
    const url = await userWith({ ...LEAST, write: '^celery-exporter\\.' });
    const hand = await workers();
    const watched = watch(url);
    await watched.listening();
    await expect(watched.broker.broadcast({ method: 'ping', ticket: 't' })).rejects.toThrow(
      /needs the right write on the exchange celery\.pidbox$/,
    );
    hand.publish('celeryev', 'worker.heartbeat', message({ type: 'worker-heartbeat' }, {}));
    await watched.heard.until('the event', () => watched.heard.events.length === 1);
  });

  it('that may not make the exchange waits for the first worker', async () => {
    const url = await userWith(LEAST);
    const hand = await workers();
    await hand.amqp.deleteExchange('celeryev');
    const watched = watch(url);
    expect(await watched.reason()).toMatch(/has no exchange celeryev yet, which the first worker makes: start one/);
    await workers();
    await watched.listening();
  });

  it('without the tag for the management API is told so, and all the rest goes on', async () => {
    const url = await userWith(LEAST);
    await workers();
    const managementUrl = (await (server as Promise<RabbitmqServer>)).management.url;
    const watched = watch(url, { managementUrl });
    await watched.listening();
    const { lengths, unacked } = await watched.broker.readQueues(['celery']);
    expect([lengths.get('celery'), unacked]).toEqual([0, undefined]);
    expect(watched.broker.troubles).toContainEqual({
      what: 'the management API cannot be read',
      reason: expect.stringMatching(/refuses the login: its user needs the right password and the tag management$/),
    });
  });
});

describe('a queue', () => {
  it('that belongs to another connection alone has no length, and that is said', async () => {
    const url = await userWith(LEAST);
    const hand = await workers();
    await hand.amqp.assertQueue('locked', { exclusive: true });
    const watched = watch(url);
    await watched.listening();
    const { lengths } = await watched.broker.readQueues(['locked', 'celery']);
    expect(lengths).toEqual(new Map([['celery', 0]]));
    expect(watched.broker.troubles).toContainEqual({
      what: 'the queue locked cannot be read',
      reason: expect.stringContaining('belongs to another connection alone'),
    });
  });

  it('that is made later is read from the next question on that is due', async () => {
    const url = await userWith(LEAST);
    const hand = await workers();
    const connection = await connectionOf(url);
    let now = 0;
    const queues = new PassiveQueues(connection, new Notices(silentLog()), new RefusedQueues(() => now));
    const read = async (): Promise<QueueAnswer | undefined> => (await queues.read(['later'])).get('later');
    expect(await read()).toBe('missing');
    await hand.amqp.assertQueue('later', { durable: false, autoDelete: false });
    now = 14_999;
    expect(await read()).toBe('missing');
    now = 15_000;
    expect(await read()).toEqual({ ready: 0, consumers: 0 });
    await hand.amqp.deleteQueue('later');
    expect(await read()).toBe('missing');
    now += 30_000 - 1;
    await hand.amqp.assertQueue('later', { durable: false, autoDelete: false });
    expect(await read()).toEqual({ ready: 0, consumers: 0 });
  });
});

it('is asked for names that no queue can have without harm to the others', async () => {
  const url = await userWith({ ...LEAST, read: '.*' });
  await workers();
  const watched = watch(url);
  await watched.listening();
  const names = ['q'.repeat(300), '\u961f'.repeat(75), '\u00e9'.repeat(127), 'a\u0000b', ''];
  const read = (): Promise<readonly string[]> =>
    watched.broker.readQueues([...names, 'celery']).then(
      ({ lengths }) => [...lengths.keys()],
      () => [],
    );
  // A broker of version 4.3 may end the connection once for each of the long ones.
  await waitFor(async () => (await read()).includes('celery'), { within: 20_000, what: 'the length of celery' });
  const reconnects = watched.heard.connections.length;
  await read();
  await read();
  expect(watched.heard.connections.length).toBe(reconnects);
  expect(reconnects).toBeLessThanOrEqual(3);
});

it('adds up what waits in native delayed delivery, and says nothing where there is none', async () => {
  const url = await userWith({ ...LEAST, read: '.*' });
  const hand = await workers();
  const before = watch(url);
  await before.listening();
  expect((await before.broker.readQueues([])).delayed).toBeUndefined();
  await before.stop();
  for (let level = 0; level < 28; level++) await hand.amqp.assertQueue(`celery_delayed_${String(level)}`);
  for (const level of [0, 3, 3, 27]) hand.amqp.sendToQueue(`celery_delayed_${String(level)}`, Buffer.from('{}'));
  const managementUrl = (await (server as Promise<RabbitmqServer>)).management.url;
  const watched = watch(url);
  await watched.listening();
  await waitFor(async () => (await watched.broker.readQueues(['celery'])).delayed === 4, {
    within: 10_000,
    what: 'the sum',
  });
  const login = managementUrl.replace('//', '//guest:guest@');
  const managed = watch(url, { managementUrl: login });
  await managed.listening();
  await waitFor(async () => (await managed.broker.readQueues(['celery'])).delayed === 4, {
    within: 15_000,
    what: 'the sum from the API',
  });
  expect(await managed.broker.boundQueues()).toEqual(['celery', 'later']);
});

// Reasons in words, and ways in which a connection to RabbitMQ ends: each must be said, and mended by itself.
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { freePort, type RabbitmqServer, Testbed, waitFor } from '@celery-watch/testbed';
import { EVENTS, type SentMessage } from '../broker-contract.js';
import { type Hand, handOn, watchBroker, type WatchedBroker } from './testing-broker.js';

const bed = new Testbed();
let server: Promise<RabbitmqServer> | undefined;
const open: AsyncDisposable[] = [];

/** One server for all: it starts in seconds. */
async function rabbit(): Promise<RabbitmqServer> {
  server ??= bed.rabbitmq({ management: true });
  const started = await server;
  if (!started.process.running) await started.restart();
  return started;
}

function watch(...args: Parameters<typeof watchBroker>): WatchedBroker {
  const watched = watchBroker(...args);
  open.push(watched);
  return watched;
}

async function hand(on: RabbitmqServer): Promise<Hand> {
  const held = await handOn(on);
  open.push(held);
  return held;
}

/**
 * A URL by which all that is said reaches the server, and back what `answer` makes of it.
 * @param answer told of bytes of the server, and how many of this connection came before them
 */
async function throughProxy(
  { host, port }: RabbitmqServer,
  answer: (bytes: Buffer, passed: number, client: Socket, upstream: Socket) => void,
): Promise<string> {
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const upstream = connect(port, host);
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => undefined);
    client.on('data', (bytes) => upstream.write(bytes));
    let passed = 0;
    upstream.on('data', (bytes: Buffer) => {
      answer(bytes, passed, client, upstream);
      passed += bytes.length;
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  open.push({
    [Symbol.asyncDispose]: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      return Promise.resolve();
    },
  });
  return `amqp://127.0.0.1:${String((proxy.address() as { port: number }).port)}`;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each[Symbol.asyncDispose]()));
});
afterAll(() => bed.close());

describe('a reason', () => {
  it.each<[string, (server: RabbitmqServer) => string, RegExp]>([
    [
      'for a wrong password',
      (on) => on.urlFor({ user: 'guest', password: 's3cret-one' }),
      /^127\.0\.0\.1:\d+ refuses the login: wrong password or user name$/,
    ],
    [
      'for a vhost that is not there',
      (on) => on.urlFor({ vhost: 'nowhere' }),
      /^127\.0\.0\.1:\d+ does not open the virtual host: there is none of that name, or the user has no rights in it$/,
    ],
    [
      'for TLS where there is none',
      (on) => on.url.replace('amqp://', 'amqps://'),
      /^TLS: 127\.0\.0\.1:\d+ does not speak TLS: use amqp:\/\/ there, in broker_url$/,
    ],
  ])('%s', async (_what, url, reason) => {
    const watched = watch(url(await rabbit()));
    expect(await watched.reason()).toMatch(reason);
    expect([...watched.heard.reasons, ...watched.log()].join('\n')).not.toContain('s3cret-one');
  });

  it('for a host that nobody listens on', async () => {
    const watched = watch(`amqp://127.0.0.1:${String(await freePort())}`);
    expect(await watched.reason()).toMatch(/refuses the connection: nothing listens there$/);
  });

  it('for a port that answers something else', async () => {
    const web = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const { port } = web.address() as { port: number };
    const watched = watch(`amqp://127.0.0.1:${String(port)}`);
    expect(await watched.reason()).toMatch(/does not speak AMQP 0-9-1|has closed the connection/);
    web.close();
  });

  it('for a port that never says a word', async () => {
    const mute = createServer((socket) => socket.on('error', () => undefined));
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as { port: number };
    const watched = watch(`amqp://127.0.0.1:${String(port)}`);
    expect(await watched.reason()).toMatch(/does not answer in time/);
    expect(await watched.stop()).toBeLessThan(500);
    mute.close();
  });
});

describe('a connection', () => {
  it('that an administrator closes is made again within 3 s, and says who did it', async () => {
    const on = await rabbit();
    const watched = watch(on.url);
    await watched.listening();
    await waitFor(
      async () =>
        (await on.management.closeConnections(({ client_properties: { connection_name: name } }) =>
          String(name).startsWith('celery-exporter'),
        )) > 0,
      { within: 15_000, what: 'the connection to be listed, and closed' },
    );
    const reason = await watched.reason();
    const began = performance.now();
    await watched.listening(2);
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(reason).toMatch(/has closed the connection: .*CONNECTION_FORCED/);
  });

  it.each(['events', 'reply', 'dropped'])('whose queue of %s is deleted is made again', async (which) => {
    const on = await rabbit();
    const ownName = `celery-exporter.${which}-deleted`;
    const watched = watch(on.url, { ownName });
    await watched.listening();
    const isOurs = (name: string): boolean => name.startsWith(ownName) && name.endsWith(`.${which}`);
    const queue = await waitFor(async () => (await on.management.queues()).find(({ name }) => isOurs(name)), {
      within: 10_000,
      what: 'the queue',
    });
    // Only its own connection may delete an exclusive queue; the server itself may.
    await on.evaluate(
      `(fun() -> {ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"/">>, queue, <<"${queue.name}">>)), ` +
        'rabbit_amqqueue:delete(Q, false, false, <<"test">>) end)().',
    );
    await watched.listening(2);
    expect(watched.heard.reasons).toEqual([expect.stringMatching(/deleted the queue|has closed the channel/)]);
    const other = await hand(on);
    other.publish('celeryev', 'task.multi', EVENTS[0] as SentMessage);
    await watched.heard.until('an event', () => watched.heard.events.length > 0);
  });

  it('that is cut at any step of its opening is a reason, and never the end of the process', async () => {
    let limit = 0;
    const url = await throughProxy(await rabbit(), (bytes, passed, client, upstream) => {
      client.write(bytes.subarray(0, limit - passed));
      if (passed + bytes.length >= limit) for (const socket of [client, upstream]) socket.destroySoon();
    });
    let isOpen = false;
    for (limit = 1; !isOpen && limit < 5_000; limit += limit < 500 ? 97 : 13) {
      const watched = watchBroker(url);
      await watched.heard.until(
        'an outcome',
        () => watched.heard.reasons.length + watched.heard.connections.length > 0,
      );
      isOpen = watched.heard.connections.length > 0;
      expect(watched.log().filter((line) => line.startsWith('error'))).toEqual([]);
      await watched.stop();
    }
    // All steps were cut, up to the last one.
    expect(isOpen).toBe(true);
  });

  it('on which the broker no longer answers is given up in time', async () => {
    // As far as the login, and not a byte further.
    const url = await throughProxy(await rabbit(), (bytes, passed, client) => {
      if (passed < 530) client.write(bytes);
    });
    const watched = watch(url);
    expect(await watched.reason()).toMatch(/has not (?:opened a channel|answered|confirmed)|does not answer/);
    expect(await watched.stop()).toBeLessThan(500);
  });

  it('to the first of several hosts that is up is made, each with its own login', async () => {
    const on = await rabbit();
    const dead = `amqp://nobody:nothing@127.0.0.1:${String(await freePort())}`;
    const watched = watch(`${dead}/other;${on.url}`);
    await watched.listening();
    expect(watched.heard.reasons).toEqual([expect.stringContaining('nothing listens there')]);
  });
});

it('says that the broker takes no messages as soon as all workers have fallen silent, and when it does again', async () => {
  const on = await rabbit();
  const watched = watch(on.url);
  await watched.listening();
  const other = await hand(on);
  await other.amqp.assertExchange('celery.pidbox', 'fanout', { durable: false });
  other.publish('celeryev', 'worker.heartbeat', EVENTS[0] as SentMessage);
  await watched.heard.until('an event', () => watched.heard.events.length > 0);
  expect(watched.heard.blocks).toEqual([undefined]);
  await on.memoryAlarm(true);
  await watched.heard.until('the alarm', () => watched.heard.blocks.length > 1);
  expect(watched.heard.blocks[1]).toMatch(/memory/);
  await expect(watched.broker.broadcast({ method: 'ping', ticket: 't' })).rejects.toThrow(
    /takes no messages at present/,
  );
  // What only asks goes on.
  expect((await watched.broker.readQueues(['celery'])).lengths.get('celery')).toBe(0);
  // A connection that is made anew learns of it as soon, though nobody has spoken on it.
  await waitFor(
    async () =>
      (await on.management.closeConnections(({ client_properties: { connection_name: name } }) =>
        String(name).startsWith('celery-exporter'),
      )) > 0,
    { within: 15_000, what: 'the connection to be listed, and closed' },
  );
  await watched.listening(2);
  await watched.heard.until('the alarm again', () => watched.heard.blocks.filter(Boolean).length > 1);
  const seen = watched.heard.blocks.length;
  await on.memoryAlarm(false);
  await watched.heard.until('the end of it', () => watched.heard.blocks.length > seen);
  expect(watched.heard.blocks.at(-1)).toBeUndefined();
});

// The next messages of queues on a real server: large ones are not fetched again and again, huge ones not even once.
import { expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type RedisServer, Testbed, waitFor } from '@celery-watch/testbed';
import { watchBroker } from './testing-broker.js';

const MB = 1024 * 1024;

async function push(redis: RedisServer, queue: string, ...messages: readonly Buffer[]): Promise<void> {
  const client = new Redis({ ...redis.connection, lazyConnect: true });
  await client.connect();
  for (const message of messages) await client.lpush(queue, message);
  client.disconnect();
}

async function sentBytes(redis: RedisServer): Promise<number> {
  return Number(/total_net_output_bytes:(\d+)/.exec(await redis.cli('INFO', 'stats'))?.[1]);
}

it('reads the beginning of a message of 17 MB, which is enough to know it again, beside whole ones of others', async () => {
  await using bed = new Testbed();
  const redis = await bed.redis();
  await push(redis, 'large', Buffer.alloc(17 * MB, 'a'), Buffer.alloc(17 * MB, 'b'));
  await push(redis, 'small', Buffer.from('x'));
  await using watched = watchBroker(redis.url);
  await watched.listening();
  const idOf = async (queue: string): Promise<string | undefined> => {
    const { heads } = await watched.broker.readQueues(['large', 'small']);
    const [head, ...more] = heads.get(queue) ?? [];
    expect(more).toEqual([]);
    return head?.id;
  };
  const first = await idOf('large');
  const before = await sentBytes(redis);
  for (let round = 0; round < 5; round++) expect(await idOf('large')).toBe(first);
  expect((await sentBytes(redis)) - before).toBeLessThan(5 * 8 * MB);
  await redis.cli('RPOP', 'large');
  expect(await idOf('large')).not.toBe(first);
  expect(await idOf('small')).toMatch(/./);
  expect(watched.log().filter((line) => line.startsWith('warn'))).toEqual(
    ['large', 'small'].map(
      (queue) => `warn: the next message of the queue ${queue} cannot be read: its age counts from now on`,
    ),
  );
  expect(watched.heard.reasons).toEqual([]);
});

it('cuts the connection once for what would fill the memory, and knows the message without it from then on', async () => {
  await using bed = new Testbed();
  const redis = await bed.redis();
  await push(redis, 'huge', Buffer.alloc(150 * MB, 'a'));
  await push(redis, 'small', Buffer.from('x'));
  await using watched = watchBroker(redis.url);
  await watched.listening();
  const memory = process.memoryUsage().rss;
  await expect(watched.broker.readQueues(['huge', 'small'])).rejects.toThrow(/each is read by itself/);
  const read = () => watched.broker.readQueues(['huge', 'small']).catch(() => undefined);
  const { heads } = await waitFor(read, { within: 10_000, what: 'a connection again' });
  expect([...heads].map(([queue, found]) => [queue, found.map(({ unread }) => unread)])).toEqual([
    ['huge', [`${String(150 * MB)} bytes`]],
    ['small', ['not JSON (1 characters)']],
  ]);
  for (let round = 0; round < 5; round++)
    expect((await watched.broker.readQueues(['huge', 'small'])).heads).toEqual(heads);
  expect(process.memoryUsage().rss - memory).toBeLessThan(120 * MB);
  expect(watched.heard.reasons).toEqual([expect.stringMatching(/each is read by itself/)]);
});

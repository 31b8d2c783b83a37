// What a broker does to us in a bad hour: every case on a real redis-server.
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { type RedisServer, Testbed, waitFor } from '@celery-watch/testbed';
import { EVENTS, type Recorder, type SentMessage } from '../broker-contract.js';
import { envelope } from './testing-messages.js';
import { REPLY_LIST, watchBroker } from './testing-broker.js';

const HEARTBEAT = '/0.celeryev/worker.heartbeat';

async function eventsFlow(redis: RedisServer, heard: Recorder): Promise<void> {
  const before = heard.events.length;
  expect(await redis.cli('PUBLISH', HEARTBEAT, String(envelope(EVENTS[0] as SentMessage)))).toBe('1');
  await heard.until('an event', () => heard.events.length === before + 1);
}

/** The ids of our connections whose line in CLIENT LIST has the text. */
async function clientIds(redis: RedisServer, text: string): Promise<string[]> {
  const lines = (await redis.cli('CLIENT', 'LIST'))
    .split('\n')
    .filter((line) => line.includes('name=celery-exporter') && line.includes(text));
  return lines.map((line) => /\bid=(\d+)/.exec(line)?.[1] ?? '');
}

describe('the Redis broker', () => {
  it('that is no Redis and talks without end is cut off at once', async () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let sent = 0;
    const talker = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('$1000000000\r\n');
      const talk = (): void => {
        while (!socket.destroyed && socket.write(chunk)) sent += chunk.length;
      };
      socket.on('drain', talk);
      talk();
    });
    await new Promise<void>((resolve) => talker.listen(0, '127.0.0.1', resolve));
    const { port } = talker.address() as { port: number };
    await using watched = watchBroker(`redis://127.0.0.1:${String(port)}/0`);
    expect(await watched.reason()).toMatch(/does not speak the protocol of Redis/);
    // What the sockets of both sides hold.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    talker.close();
  });

  it.each(['stop', 'kill'] as const)(
    'listens again within 3 s of the return of a server that was away for long (%s)',
    async (end) => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      await using watched = watchBroker(redis.url);
      await watched.listening();
      await redis[end]();
      // By then the waits are as long as they get.
      await watched.reason(8);
      await redis.restart();
      const back = performance.now();
      await watched.heard.until('listening again', () => watched.heard.connections.length === 2);
      expect(performance.now() - back).toBeLessThan(3_000);
      await eventsFlow(redis, watched.heard);
      const where = `127.0.0.1:${String(redis.port)}`;
      const { reasons } = watched.heard;
      expect(new Set(reasons)).toEqual(
        new Set([`${where} has closed the connection`, `${where} refuses the connection: nothing listens there`]),
      );
      expect(watched.log()).toEqual([
        `info: listening to the broker at ${where}`,
        `warn: no connection to the broker, trying again: ${where} has closed the connection`,
        `warn: no connection to the broker, trying again: ${where} refuses the connection: nothing listens there`,
        expect.stringMatching(/^info: listening to the broker at \S+ after \d+(\.\d)? s without it$/),
      ]);
      // One reason for each failed attempt: two of them aloud, the rest in a whisper.
      expect(watched.count('debug')).toBe(reasons.length - 2);
    },
  );

  it('connects anew when somebody kills the subscription alone', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    await using watched = watchBroker(redis.url);
    await watched.listening();
    const [id = ''] = await clientIds(redis, 'psub=2');
    expect(await redis.cli('CLIENT', 'KILL', 'ID', id)).toBe('1');
    await watched.heard.until('listening again', () => watched.heard.connections.length === 2);
    expect(watched.heard.reasons).toEqual([
      expect.stringContaining('the event subscription alone: killed by somebody, or too slow'),
    ]);
    await eventsFlow(redis, watched.heard);
    await waitFor(async () => (await clientIds(redis, '')).length === 3, { within: 5_000, what: 'three connections' });
  });

  it.each([
    ['commands', 'cmd=ping'],
    ['replies', 'cmd=brpop'],
  ])('connects anew when somebody kills the connection of the %s', async (_what, command) => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    await using watched = watchBroker(redis.url);
    await watched.listening();
    await watched.broker.readQueues([]);
    const [id = ''] = await clientIds(redis, command === 'cmd=ping' ? 'cmd=hlen' : command);
    await redis.cli('CLIENT', 'KILL', 'ID', id);
    await watched.heard.until('listening again', () => watched.heard.connections.length === 2);
    await eventsFlow(redis, watched.heard);
  });

  it('connects anew when Redis finds the subscription too slow', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis({ args: ['--client-output-buffer-limit', 'pubsub', '1mb', '1mb', '1'] });
    await using watched = watchBroker(redis.url);
    await watched.listening();
    await redis.cli('EVAL', 'return redis.call("PUBLISH", KEYS[1], string.rep("x", 4 * 1024 * 1024))', '1', HEARTBEAT);
    await watched.heard.until('listening again', () => watched.heard.connections.length === 2);
    expect(watched.heard.reasons).toEqual([expect.stringContaining('client-output-buffer-limit')]);
    await eventsFlow(redis, watched.heard);
  });

  it('notices a server that is there and answers nothing any more, and that it answers again', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    await using watched = watchBroker(redis.url);
    await watched.listening();
    redis.process.signal('SIGSTOP');
    expect(await watched.reason(1)).toMatch(/has not answered|does not answer/);
    expect(await watched.reason(2)).toMatch(/accepts the connection and then does not answer/);
    await expect(watched.broker.readQueues(['celery'])).rejects.toThrow(
      /no connection to the broker: .*does not answer/,
    );
    redis.process.signal('SIGCONT');
    await watched.heard.until('listening again', () => watched.heard.connections.length === 2);
    await eventsFlow(redis, watched.heard);
  });

  it('does not hang on a question to a server that has just stopped answering', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    await using watched = watchBroker(redis.url);
    await watched.listening();
    redis.process.signal('SIGSTOP');
    await expect(watched.broker.readQueues(['celery'])).rejects.toThrow(
      /has not answered LLEN within 5 s|has not answered PING/,
    );
    redis.process.signal('SIGCONT');
  });

  it('leaves a master that is made a replica, and comes back when it is the master again', async () => {
    await using bed = new Testbed();
    const [redis, other] = [await bed.redis(), await bed.redis()];
    await using watched = watchBroker(redis.url);
    await watched.listening();
    await redis.cli('REPLICAOF', '127.0.0.1', String(other.port));
    expect(await watched.reason(1)).toMatch(/has been made a replica|is a read-only replica/);
    expect(await watched.reason(2)).toMatch(
      /is a read-only replica: the exporter needs the master|is loading|lost its master/,
    );
    await redis.cli('REPLICAOF', 'NO', 'ONE');
    await watched.heard.until('listening again', () => watched.heard.connections.length === 2);
    await eventsFlow(redis, watched.heard);
  });

  it('stops at once while the server is silent', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const watched = watchBroker(redis.url);
    await watched.listening();
    redis.process.signal('SIGSTOP');
    expect(await watched.stop()).toBeLessThan(500);
    const trying = watchBroker(redis.url);
    await waitFor(() => true, { within: 100, what: 'an attempt under way' });
    expect(await trying.stop()).toBeLessThan(500);
    redis.process.signal('SIGCONT');
  });

  it('gives an end to the reply lists of exporters that are gone, and to nothing else', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const others = ['celery-exporter.gone.0a1b2c.reply', 'celery-exporter.other.reply'];
    for (const list of [...others, 'celery-exporter', 'my.reply']) await redis.cli('LPUSH', list, 'late');
    await redis.cli('EVAL', "for i = 1, 30000 do redis.call('SET', 'k' .. i, 1) end", '0');
    await using watched = watchBroker(redis.url);
    await watched.listening();
    await waitFor(
      async () => (await Promise.all(others.map((list) => redis.cli('TTL', list)))).every((ttl) => Number(ttl) > 200),
      {
        within: 20_000,
        what: 'an end of both lists',
      },
    );
    expect([await redis.cli('TTL', 'celery-exporter'), await redis.cli('TTL', 'my.reply')]).toEqual(['-1', '-1']);
  });

  it('empties the reply list of what an earlier run left, and lets a list that nobody empties end by itself', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    await redis.cli('LPUSH', REPLY_LIST, 'left over');
    await using watched = watchBroker(redis.url);
    await watched.listening();
    expect(await redis.cli('EXISTS', REPLY_LIST)).toBe('0');
    // Should we die before a reply is taken, Redis deletes the list: each request and each reply renews its time.
    const renewals = async (): Promise<number> =>
      Number(/cmdstat_expire:calls=(\d+)/.exec(await redis.cli('INFO', 'commandstats'))?.[1] ?? 0);
    const before = await renewals();
    await watched.broker.broadcast({ method: 'ping', ticket: 't' });
    expect(await renewals()).toBe(before + 1);
    await redis.cli('LPUSH', REPLY_LIST, 'late');
    await watched.heard.until('the late reply', () => watched.heard.refusals.length === 1);
    await waitFor(async () => (await renewals()) === before + 2, { within: 5_000, what: 'another renewal' });
    expect(await redis.cli('EXISTS', REPLY_LIST)).toBe('0');
  });
});

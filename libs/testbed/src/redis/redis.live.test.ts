// Real Redis servers come up in each of their forms, and nothing of them stays.
import { existsSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';

import type { RedisConnection } from './redis.js';
import { Testbed } from '../testbed.js';
import { waitFor } from '../processes/wait-for.js';

async function ping(connection: RedisConnection): Promise<string> {
  const redis = new Redis({ ...connection, lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await redis.ping();
  } finally {
    redis.disconnect();
  }
}

describe('a Redis server', () => {
  it('answers, keeps its port over a restart, and leaves neither process nor folder', async () => {
    const bed = new Testbed();
    const redis = await bed.redis();
    expect(await ping(redis.connection)).toBe('PONG');
    await redis.stop();
    await expect(ping(redis.connection)).rejects.toThrow();
    await redis.restart();
    expect(await redis.cli('LLEN', 'celery')).toBe('0');
    await redis.kill();
    await redis.restart();
    expect(await ping(redis.connection)).toBe('PONG');
    const { pid } = redis.process;
    await bed.close();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
    expect(existsSync(bed.folder)).toBe(false);
  });

  it('takes a password and users', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis({ password: 'p@ss:w/rd', database: 3, users: ['watcher on >eye +ping'] });
    expect(redis.url).toBe(`redis://:p%40ss%3Aw%2Frd@127.0.0.1:${redis.port}/3`);
    expect(await ping(redis.connection)).toBe('PONG');
    await expect(ping({ ...redis.connection, password: 'wrong' })).rejects.toThrow();
    expect(await redis.cli('--user', 'watcher', '--pass', 'eye', '--no-auth-warning', 'PING')).toBe('PONG');
    await expect(
      redis.cli('--user', 'watcher', '--pass', 'eye', '--no-auth-warning', 'LLEN', 'celery'),
    ).rejects.toThrow(/NOPERM/);
  });

  it('speaks TLS to who knows its authority and has a certificate, for ioredis and for Celery', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis({ tls: { clientCertificate: true } });
    expect(redis.url).toBe(`rediss://127.0.0.1:${redis.port}/0`);
    expect(await ping(redis.connection)).toBe('PONG');
    const { tls, ...plain } = redis.connection;
    await expect(ping({ ...plain, tls: { ca: tls?.ca ?? '', cert: '', key: '' } })).rejects.toThrow();
    await bed.send(redis, { name: 'truth.ok' });
    expect(await redis.cli('LLEN', 'celery')).toBe('1');
  });

  it('listens on a unix socket, for ioredis and for Celery', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis({ unixSocket: true, database: 2, password: 'secret' });
    expect(await ping(redis.connection)).toBe('PONG');
    await bed.send(redis, { name: 'truth.ok' });
    expect(await redis.cli('LLEN', 'celery')).toBe('1');
  });

  it('that cannot start fails with its own last words', async () => {
    await using bed = new Testbed();
    // Redis 7 calls it a fatal error of the configuration file, Redis 8 an unresolved configuration; both quote it so.
    await expect(bed.redis({ args: ['--no-such-option', '1'] })).rejects.toThrow(/>>> 'no-such-option/);
  });
});

describe('Sentinels', () => {
  it('promote the replica when the master dies, and Celery sends through them before and after', async () => {
    await using bed = new Testbed();
    const setup = await bed.sentinel();
    await bed.send(setup, { name: 'truth.ok' });
    expect(await setup.currentMaster()).toBe(setup.master);
    expect(await setup.master.cli('LLEN', 'celery')).toBe('1');
    await waitFor(async () => (await setup.replica.cli('LLEN', 'celery')) === '1', {
      within: 10_000,
      what: 'the message on the replica',
    });
    expect(await setup.failover()).toBe(setup.replica);
    await bed.send(setup, { name: 'truth.ok' });
    expect(await setup.replica.cli('LLEN', 'celery')).toBe('2');
  });
});

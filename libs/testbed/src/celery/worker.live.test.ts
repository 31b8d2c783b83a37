// Real workers of each pool run tasks, and the tasks' own records say how they ended.
import { isDeepStrictEqual } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import type { Client } from './client.js';
import type { RedisServer } from '../redis/redis.js';
import type { RabbitmqServer } from '../rabbitmq/rabbitmq.js';
import { Testbed } from '../testbed.js';
import type { TruthKind } from './truth.js';
import { waitFor } from '../processes/wait-for.js';

describe('a Celery worker', () => {
  const bed = new Testbed();
  let redis: RedisServer;
  let client: Client;

  beforeAll(async () => {
    redis = await bed.redis();
    client = await bed.client({ broker: redis });
  });

  afterAll(() => bed.close());

  it('of the prefork pool runs tasks of many endings, which record themselves', async () => {
    const worker = await bed.worker({ broker: redis, pool: 'prefork', name: 'prefork' });
    await client.awaitWorkers([worker.nodename]);
    const ids = await client.send([
      { name: 'truth.ok', count: 3 },
      { name: 'truth.fail' },
      { name: 'truth.fail', args: ['PaymentError'] },
      { name: 'truth.retry_then_ok', kwargs: { times: 2 } },
      { name: 'truth.autoretry_fail' },
      { name: 'truth.reject_drop' },
      { name: 'truth.reject_requeue_once' },
      { name: 'truth.ignore' },
      { name: 'truth.custom_event' },
      { name: 'truth.quiet' },
      { name: 'truth.shadowed' },
      { name: 'truth.hard_limit' },
      { name: 'truth.soft_limit' },
      { name: 'truth.die' },
      { name: 'truth.die_late' },
      { name: 'truth.ok', revoked: true },
    ]);
    expect(new Set(ids).size).toBe(18);
    const expected = {
      'truth.ok': { run: 3, succeeded: 3 },
      'truth.fail': { run: 2, failed: 2 },
      'truth.retry_then_ok': { run: 3, retried: 2, succeeded: 1 },
      'truth.autoretry_fail': { run: 3, retried: 2, failed: 1 },
      'truth.reject_drop': { run: 1, rejected: 1 },
      'truth.reject_requeue_once': { run: 2, rejected: 1, succeeded: 1 },
      'truth.ignore': { run: 1, ignored: 1 },
      'truth.custom_event': { run: 1, succeeded: 1 },
      'truth.quiet': { run: 1, succeeded: 1 },
      'truth.shadowed': { run: 1, succeeded: 1 },
      'truth.hard_limit': { run: 1 },
      'truth.soft_limit': { run: 1, failed: 1 },
      'truth.die': { run: 1 },
      'truth.die_late': { run: 2, succeeded: 1 },
    };
    const runs = Object.values(expected).reduce((sum, { run }) => sum + run, 0);
    const endings = Object.values(expected)
      .flatMap(({ run: _run, ...rest }) => Object.values(rest))
      .reduce((sum, count) => sum + count, 0);
    await waitFor(
      async () => {
        const { records, counts } = await bed.truth();
        if (records.length < runs + endings) throw new Error(JSON.stringify(counts));
        return true;
      },
      { within: 40_000, what: 'all tasks have ended' },
    );
    const truth = await bed.truth();
    expect(truth.counts).toEqual(expected);
    expect(truth.count({ exception: 'truth_errors.PaymentError', queue: 'celery', worker: 'prefork@testbed' })).toBe(1);
    // Not asked to stop: now and then Celery's warm shutdown never ends after pool processes have died.
    await worker.kill();
  });

  it('ends with 0 when it is told to stop', async () => {
    const worker = await bed.worker({ broker: redis, name: 'stopped', queues: ['stopped'] });
    await client.send({ name: 'truth.ok', queue: 'stopped' });
    await waitFor(async () => (await bed.truth()).count({ worker: worker.nodename, what: 'succeeded' }) === 1, {
      within: 20_000,
      what: 'it has run it',
    });
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
  });

  it.each(['threads', 'solo', 'gevent'] as const)('of the %s pool runs a task', async (pool) => {
    const worker = await bed.worker({ broker: redis, pool, name: pool, queues: [pool] });
    await client.send({ name: 'truth.ok', queue: pool });
    await waitFor(async () => (await bed.truth()).count({ worker: worker.nodename, what: 'succeeded' }) === 1, {
      within: 20_000,
      what: `${pool} has run it`,
    });
    await worker.kill();
  });

  it('that cannot start fails with its own last words', async () => {
    const failure = bed.worker({ broker: redis, extraArgs: ['--no-such-option'] });
    await expect(failure).rejects.toThrow(/instead of getting ready[^]*no-such-option/);
  });
});

describe('on RabbitMQ', () => {
  const bed = new Testbed();
  let rabbitmq: RabbitmqServer;
  let client: Client;

  beforeAll(async () => {
    rabbitmq = await bed.rabbitmq();
    client = await bed.client({ broker: rabbitmq });
  });

  afterAll(() => bed.close());

  it.each(['prefork', 'threads', 'gevent'] as const)('a worker of the %s pool runs, retries, rejects', async (pool) => {
    const worker = await bed.worker({ broker: rabbitmq, pool, name: pool, queues: [pool] });
    await client.awaitWorkers([worker.nodename]);
    await client.send([
      { name: 'truth.ok', queue: pool, count: 2 },
      { name: 'truth.ok', queue: pool, countdown: 0.5 },
      { name: 'truth.fail', queue: pool },
      { name: 'truth.retry_then_ok', queue: pool },
      { name: 'truth.reject_requeue_once', queue: pool },
    ]);
    const expected = { run: 8, succeeded: 5, failed: 1, retried: 1, rejected: 1 };
    const endings = async (): Promise<Record<string, number>> => {
      const truth = await bed.truth();
      const count = (what: TruthKind): number => truth.count({ worker: worker.nodename, what });
      return Object.fromEntries((Object.keys(expected) as TruthKind[]).map((what) => [what, count(what)]));
    };
    await waitFor(async () => isDeepStrictEqual(await endings(), expected), { within: 30_000, what: 'all have ended' });
    // Not asked to stop: now and then Celery's warm shutdown never ends on RabbitMQ, either.
    await worker.kill();
  });

  it('a client empties a queue, and a worker comes back after the server did', async () => {
    const worker = await bed.worker({ broker: rabbitmq, name: 'steady', queues: ['steady'] });
    await client.send({ name: 'not.registered', count: 5, queue: 'other' });
    expect(await client.purge('other')).toBe(5);
    await rabbitmq.kill();
    await rabbitmq.restart();
    const again = await bed.client({ broker: rabbitmq });
    await again.send({ name: 'truth.ok', queue: 'steady' });
    await waitFor(async () => (await bed.truth()).count({ worker: worker.nodename, what: 'succeeded' }) === 1, {
      within: 40_000,
      what: 'it has run it',
    });
    await worker.kill();
  });
});

describe('a Celery client', () => {
  it('counts what it purges, says what went wrong, and goes on', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis({ password: 'p@ss/word' });
    const client = await bed.client({ broker: redis });
    await client.send({ name: 'not.registered', count: 5, queue: 'other' });
    expect(await redis.cli('LLEN', 'other')).toBe('5');
    await expect(client.send({ name: 'truth.ok', options: { serializer: 'none such' } })).rejects.toThrow(
      /the Celery client failed/,
    );
    expect(await client.purge('other')).toBe(5);
    expect(await client.ping(0.2)).toEqual([]);
  });
});

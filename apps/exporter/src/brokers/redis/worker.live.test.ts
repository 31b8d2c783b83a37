// With real workers: what kombu writes is what we read.
import { readTransportOptions } from '@celery-watch/celery-protocol';
import { expect, it } from '@jest/globals';
import { Testbed } from '@celery-watch/testbed';
import { REPLY_LIST, watchBroker } from './testing-broker.js';

it.each<[string, Record<string, unknown>, string]>([
  ['as it comes', {}, ''],
  [
    'with a prefix, another separator and other steps',
    { global_keyprefix: 'pfx:', sep: '|', priority_steps: [0, 4, 8] },
    'pfx:',
  ],
  ['with one channel for all events and no prefix of fanouts', { fanout_patterns: false, fanout_prefix: false }, ''],
])('hears a real worker, asks it, and reads its queues: %s', async (_name, transportOptions, prefix) => {
  await using bed = new Testbed();
  const redis = await bed.redis({ database: 2 });
  await using watched = watchBroker(redis.url, { transportOptions: readTransportOptions(transportOptions).options });
  await watched.listening();
  const worker = await bed.worker({ broker: redis, transportOptions, pool: 'threads', queues: ['celery', 'media'] });
  await using client = await bed.client({ broker: redis, transportOptions, sendSentEvent: true });
  await client.awaitWorkers([worker.nodename]);
  const { broker, heard } = watched;

  const before = heard.events.length;
  await client.send({ name: 'truth.ok' });
  await heard.until('sent, received, started, succeeded', () => heard.events.length >= before + 2);

  // The worker listens, and nobody else does.
  expect(await broker.broadcast({ method: 'active_queues', ticket: 'queues?', destination: [worker.nodename] })).toBe(
    1,
  );
  await heard.until('the reply', () => heard.replies.some(({ headers }) => headers['ticket'] === 'queues?'));

  const sent = await client.send(
    [3, 0, 5, 9].map((priority) => ({ name: 'truth.ok', queue: 'nobody', priority, count: 2 })),
  );
  const { lengths, heads } = await broker.readQueues(['nobody', 'celery']);
  expect(lengths).toEqual(
    new Map([
      ['nobody', 8],
      ['celery', 0],
    ]),
  );
  expect(heads.get('nobody')?.every(({ id }) => sent.includes(id))).toBe(true);
  expect(await broker.boundQueues()).toEqual(['celery', 'media', 'nobody']);

  expect(heard.refusals).toEqual([]);
  expect(await redis.cli('EXISTS', prefix + REPLY_LIST)).toBe('0');
  expect(worker.process.running).toBe(true);
});

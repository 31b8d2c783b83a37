// Queues under every transport option that decides about names: their lengths, their ages, and the events beside them.
import { describe, expect, it } from '@jest/globals';
import { type Scrape, Testbed } from '@celery-watch/testbed';
import { QUICK, startExporterProgram } from './testing.js';

const CELERY = { queue: 'celery' };
const length = (page: Scrape): number | undefined => page.value('celery_queue_length', CELERY);
const age = (page: Scrape): number => page.value('celery_queue_oldest_task_age_seconds', CELERY) ?? NaN;
const done = (page: Scrape): number => page.sum('celery_tasks_total', { ...CELERY, state: 'succeeded' });

/** Options with other names for channels, and the number of the database. */
const OTHER_NAMES: readonly (readonly [title: string, database: number, options: Readonly<Record<string, unknown>>])[] =
  [
    ['in another database', 5, {}],
    ['with fanout_prefix off', 0, { fanout_prefix: false }],
    ['with fanout_patterns off', 0, { fanout_patterns: false }],
    ['with a fanout_prefix of its own', 2, { fanout_prefix: '/own{db}.', global_keyprefix: 'p*:' }],
  ];

describe('a queue', () => {
  it.concurrent(
    'under a key prefix, with ten priority steps and another separator, is as long as all its steps and as old as its oldest message',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const options = { global_keyprefix: 'pfx:', priority_steps: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], sep: ':' };
      const begin = () => bed.worker({ broker: redis, name: 'w1', transportOptions: options });
      const [exporter, client, worker] = await Promise.all([
        startExporterProgram(bed, [...QUICK], {
          CELERY_BROKER_URL: redis.url,
          CELERY_BROKER_TRANSPORT_OPTIONS: JSON.stringify(options),
        }),
        bed.client({ broker: redis, transportOptions: options, sendSentEvent: true }),
        begin(),
      ]);
      await exporter.until(
        'the queue to have a consumer',
        (page) => page.value('celery_queue_consumers', CELERY) === 1,
      );
      await client.send({ name: 'truth.ok', count: 5 });
      await exporter.until('5 tasks to end', (page) => done(page) === 5);
      await worker.stop();

      const beforeFirst = Date.now() / 1000;
      await client.send({ name: 'truth.ok', priority: 9, count: 4 });
      const afterFirst = Date.now() / 1000;
      await client.send([
        { name: 'truth.ok', priority: 0 },
        { name: 'truth.ok', priority: 3, count: 2 },
        { name: 'truth.ok', priority: 5, count: 3 },
      ]);
      const keys = ['pfx:celery', 'pfx:celery:3', 'pfx:celery:5', 'pfx:celery:9'];
      expect(await Promise.all(keys.map((key) => redis.cli('LLEN', key)))).toEqual(['1', '2', '3', '4']);
      const full = await exporter.until(
        'the queue to hold 10, and nobody to consume it',
        (page) => length(page) === 10 && page.value('celery_queue_consumers', CELERY) === 0,
      );
      await exporter.until('its age to grow', (page) => age(page) > age(full) + 2);
      const before = Date.now() / 1000;
      const waits = await exporter.page();
      expect(age(waits)).toBeGreaterThanOrEqual(before - afterFirst);
      expect(age(waits)).toBeLessThanOrEqual(Date.now() / 1000 - beforeFirst);
      expect(length(waits)).toBe(10);

      await begin();
      const page = await exporter.until('the queue to be drained', (each) => length(each) === 0 && done(each) === 15);
      expect(age(page)).toBe(0);
      expect((await bed.truth()).count({ what: 'succeeded' })).toBe(15);
      for (const state of ['sent', 'received', 'started', 'succeeded'])
        expect([state, page.value('celery_tasks_total', { name: 'truth.ok', ...CELERY, state })]).toEqual([state, 15]);
      expect(page.value('celery_task_queue_wait_seconds_count', { name: 'truth.ok', ...CELERY })).toBe(15);
      expect(page.value('celery_queue_consumers', CELERY)).toBe(1);
    },
  );

  it.concurrent(
    'is empty while its messages wait for their ETA in a worker, which holds them unacknowledged and gives them back at its end',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const [exporter, client, worker] = await Promise.all([
        startExporterProgram(bed, [`--broker-url=${redis.url}`, '--queues=watched', ...QUICK]),
        bed.client({ broker: redis, sendSentEvent: true }),
        bed.worker({ broker: redis, name: 'w1' }),
      ]);
      await exporter.until(
        'the queue to have a consumer',
        (page) => page.value('celery_queue_consumers', CELERY) === 1,
      );
      await client.send([
        { name: 'truth.ok', countdown: 300, count: 4 },
        { name: 'truth.ok', count: 3 },
        { name: 'truth.ok', queue: 'nobody', count: 6 },
      ]);
      const held = await exporter.until(
        '3 to end and 4 to be held',
        (page) => done(page) === 3 && page.value('celery_queue_unacked') === 4,
      );
      expect(length(held)).toBe(0);
      expect(held.sum('celery_tasks_running')).toBe(0);
      // One that only its sender named, and one that only the operator did.
      const lonely = await exporter.until(
        'the queue without a consumer',
        (page) => page.value('celery_queue_length', { queue: 'nobody' }) === 6,
      );
      expect(lonely.value('celery_queue_consumers', { queue: 'nobody' })).toBe(0);
      expect(lonely.value('celery_queue_length', { queue: 'watched' })).toBe(0);
      await worker.stop();
      const back = await exporter.until(
        '4 to be given back',
        (page) => length(page) === 4 && page.value('celery_queue_unacked') === 0,
      );
      // Their ETA has not come: they do not wait yet.
      expect(age(back)).toBe(0);
    },
  );

  it.concurrent.each(OTHER_NAMES)('and its events are found %s', async (_title, database, options) => {
    await using bed = new Testbed();
    const redis = await bed.redis({ database });
    const [exporter, client] = await Promise.all([
      startExporterProgram(bed, [
        `--broker-url=${redis.url}`,
        `--broker-transport-options=${JSON.stringify(options)}`,
        ...QUICK,
      ]),
      bed.client({ broker: redis, transportOptions: options }),
      bed.worker({ broker: redis, name: 'w1', transportOptions: options, events: false }),
    ]);
    await exporter.until(
      'the worker to have answered',
      (page) =>
        page.value('celery_worker_task_events_enabled') === 1 && page.value('celery_queue_consumers', CELERY) === 1,
    );
    await client.send([
      { name: 'truth.ok', count: 10 },
      { name: 'truth.ok', countdown: 300, count: 2 },
    ]);
    await client.send({ name: 'truth.ok', queue: 'celery', count: 10 });
    const page = await exporter.until(
      '20 tasks to end and 2 to be held',
      (now) => done(now) === 20 && now.value('celery_queue_unacked') === 2,
    );
    expect(page.sum('celery_tasks_total', { state: 'started' })).toBe(20);
    expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
  });

  it.concurrent(
    'shares a task name with another queue, and each counts what its senders say, with every wait',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const [exporter, client] = await Promise.all([
        startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
        bed.client({ broker: redis, sendSentEvent: true }),
        bed.worker({ broker: redis, name: 'w1', queues: ['mail', 'images'] }),
      ]);
      await exporter.until(
        'the queues to have a consumer',
        (page) => page.value('celery_queue_consumers', { queue: 'mail' }) === 1,
      );
      // One after the other, so that the worker is idle and takes each before its sender has said that it was sent.
      for (let i = 0; i < 150; i++) await client.send({ name: 'truth.ok', queue: i % 3 === 0 ? 'images' : 'mail' });
      const page = await exporter.until(
        '150 tasks to end',
        (each) => each.sum('celery_tasks_total', { state: 'succeeded' }) === 150,
      );
      for (const [queue, count] of [
        ['mail', 100],
        ['images', 50],
      ] as const) {
        const labels = { name: 'truth.ok', queue };
        for (const state of ['sent', 'received', 'started', 'succeeded']) {
          expect([queue, state, page.value('celery_tasks_total', { ...labels, state })]).toEqual([queue, state, count]);
        }
        expect([queue, page.value('celery_task_queue_wait_seconds_count', labels)]).toEqual([queue, count]);
      }
      expect(page.sum('celery_exporter_queue_resolutions_total', { rule: 'last_queue' })).toBe(0);
    },
  );
});

// What Celery writes in a form that is seldom seen: ids that are no texts, odd messages at a queue's end, naive ETAs.
import { describe, expect, it } from '@jest/globals';
import { type Scrape, Testbed } from '@celery-watch/testbed';
import { byLabel, connectTo, QUICK, startExporterProgram } from './testing.js';

const CELERY = { queue: 'celery' };
const AGE = 'celery_queue_oldest_task_age_seconds';
const done = (page: Scrape): number => page.sum('celery_tasks_total', { state: 'succeeded' });

describe('task ids', () => {
  it.concurrent(
    'may be numbers and texts of any length: each task is counted once at every step, and none is refused or missed',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const [exporter, client] = await Promise.all([
        startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
        bed.client({ broker: redis, sendSentEvent: true }),
        bed.worker({ broker: redis, name: 'w1', concurrency: 4 }),
      ]);
      await exporter.until('the worker', (page) => page.value('celery_queue_consumers', CELERY) === 1);
      const numbers = Array.from({ length: 10 }, (_, i) => i + 1);
      const texts = numbers.map(String);
      const odd = [-1, 1.5, 'x'.repeat(20_000), 'é中😀', '\ud800', 'a\u0000b'];
      const ids = [...numbers, ...texts, ...odd];
      // Two run for long enough to be listed as active, while two end without an event: the list tells which.
      await client.send(ids.map((id) => ({ name: 'truth.ok', options: { task_id: id } })));
      await client.send([100, 101].map((id) => ({ name: 'truth.ok', args: [7], options: { task_id: id } })));
      await client.send([102, 103].map((id) => ({ name: 'truth.ignore', options: { task_id: id } })));
      const total = ids.length + 2;
      await exporter.until('two to run', (page) => done(page) === ids.length && page.sum('celery_tasks_running') >= 2);
      const page = await exporter.until(
        'all to end',
        (each) => done(each) === total && each.sum('celery_tasks_unresolved_total') === 2,
      );
      expect((await bed.truth()).count({ what: 'succeeded' })).toBe(total);
      for (const state of ['sent', 'received', 'started'])
        expect([state, page.sum('celery_tasks_total', { state })]).toEqual([state, total + 2]);
      expect(page.sum('celery_exporter_events_refused_total')).toBe(0);
      expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
      expect(page.sum('celery_tasks_running')).toBe(0);
      expect(page.value('celery_task_queue_wait_seconds_count', { name: 'truth.ok', ...CELERY })).toBe(total);
    },
  );
});

describe('the next message of a queue', () => {
  it.concurrent(
    'has its age whatever it is compressed with, and one that cannot be read is known by its bytes and told of',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const [exporter, client, old] = await Promise.all([
        startExporterProgram(bed, [
          `--broker-url=${redis.url}`,
          '--queues=bzip2,lzma,old,foreign,large,empty',
          ...QUICK,
        ]),
        bed.client({ broker: redis }),
        bed.client({ broker: redis, settings: { task_protocol: 1, task_serializer: 'pickle' } }),
      ]);
      await using raw = await connectTo(redis);
      for (const compression of ['bzip2', 'lzma'])
        await client.send({ name: 'truth.ok', queue: compression, count: 5, options: { compression } });
      await old.send({ name: 'truth.ok', queue: 'old', count: 5 });
      await raw.lpush('foreign', 'hello', 'hello');
      await raw.lpush('large', Buffer.alloc(17 * 1024 * 1024, 'x'));
      const queues = ['bzip2', 'lzma', 'old', 'foreign', 'large'];
      const ages = (page: Scrape): Readonly<Record<string, number>> => byLabel(page, AGE, 'queue');
      const first = await exporter.until('all ages', (page) => queues.every((queue) => (ages(page)[queue] ?? 0) > 0));
      const page = await exporter.until('all to grow', (each) =>
        queues.every((queue) => (ages(each)[queue] ?? 0) > (ages(first)[queue] ?? 0) + 2),
      );
      expect(ages(page)['empty']).toBe(0);
      expect((await exporter.get('/')).text).toContain('The next message of 3 queues cannot be read');
      const unread = exporter
        .log()
        .flatMap(({ msg }) => /next message of the queue (\w+) cannot be read/.exec(msg)?.[1] ?? []);
      expect(unread.sort()).toEqual(['foreign', 'large', 'old']);
      // What comes after it is another message, and new.
      await raw.rpop('large');
      await raw.lpush('large', 'next');
      await exporter.until('the age to begin anew', (each) => (ages(each)['large'] ?? 9) < 2);
    },
  );
});

describe('an ETA without an offset', () => {
  it.concurrent(
    'is UTC in an exporter of any zone: the wait is a moment, not hours and not the countdown',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const zones = ['Asia/Shanghai', 'America/New_York', 'UTC'];
      const [exporters, client] = await Promise.all([
        Promise.all(zones.map((TZ) => startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK], { TZ }))),
        bed.client({ broker: redis, sendSentEvent: true }),
        bed.worker({ broker: redis, name: 'w1' }),
      ]);
      const ready = (page: Scrape): boolean => page.value('celery_queue_consumers', CELERY) === 1;
      await Promise.all(exporters.map((each) => each.until('the worker', ready)));
      await client.send({ name: 'truth.ok', naiveEta: 4, count: 2 });
      for (const [index, exporter] of exporters.entries()) {
        const page = await exporter.until('two tasks to end', (each) => done(each) === 2);
        const wait = page.value('celery_task_queue_wait_seconds_sum', { name: 'truth.ok', ...CELERY }) ?? NaN;
        // Celery's own timer is late by up to a second.
        expect([zones[index], wait > 0 && wait < 2.5]).toEqual([zones[index], true]);
      }
    },
  );
});

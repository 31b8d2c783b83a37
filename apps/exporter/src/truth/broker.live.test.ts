// Redis that is not there yet, that goes and comes back, and that another one takes the place of.
import { describe, expect, it } from '@jest/globals';
import { type Scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { QUICK, startExporterProgram, timed } from './testing.js';

/** Milliseconds in which the exporter must listen again. */
const RESUMES_WITHIN = 3_000;
const isUp = (page: Scrape): boolean => page.value('celery_broker_up') === 1;
const failures = (page: Scrape): number => page.value('celery_broker_connection_failures_total') ?? NaN;
const done = (page: Scrape): number => page.sum('celery_tasks_total', { state: 'succeeded' });

describe('the exporter', () => {
  it.concurrent(
    'that starts before Redis serves all the same, says why it is not ready, and listens within 3 s of the start of Redis',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      await redis.stop();
      const exporter = await startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]);
      // So many that the waits between attempts are as long as they ever get.
      const page = await exporter.until('8 failed attempts', (now) => failures(now) >= 8);
      expect(page.value('celery_broker_up')).toBe(0);
      expect(page.value('celery_broker_reconnects_total')).toBe(0);
      expect(page.value('celery_workers')).toBeUndefined();
      expect(await exporter.get('/healthz')).toEqual({ status: 200, text: 'alive\n' });
      const reason = `127.0.0.1:${redis.port} refuses the connection: nothing listens there`;
      expect(await exporter.get('/readyz')).toEqual({
        status: 503,
        text: `not ready: the broker is not connected: ${reason}\n`,
      });
      // Said once, not with each attempt.
      expect(
        exporter
          .log()
          .filter(({ level }) => level === 'warn')
          .map(({ msg }) => msg),
      ).toEqual([`no connection to the broker, trying again: ${reason}`]);

      await redis.restart();
      expect(await timed(() => exporter.until('the broker to be up', isUp, RESUMES_WITHIN))).toBeLessThan(
        RESUMES_WITHIN,
      );
      expect((await exporter.page()).value('celery_broker_reconnects_total')).toBe(0);
      expect(await exporter.get('/readyz')).toEqual({ status: 200, text: 'ready: connected to the broker\n' });

      // What comes to be after all of this is seen as ever.
      await bed.worker({ broker: redis, name: 'w1', events: false });
      await exporter.until('task events to be on', (now) => now.value('celery_worker_task_events_enabled') === 1);
      await bed.send(redis, { name: 'truth.ok', count: 10 });
      await exporter.until('10 tasks to end', (now) => done(now) === 10);
    },
  );

  it.concurrent(
    'that loses Redis while tasks run keeps its counters, listens within 3 s of its return, and leaves nothing running',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const [exporter, worker, client] = await Promise.all([
        startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
        bed.worker({ broker: redis, name: 'w1', events: false }),
        bed.client({ broker: redis }),
      ]);
      await exporter.until(
        'task events to be on',
        (page) =>
          page.value('celery_worker_task_events_enabled') === 1 &&
          page.value('celery_queue_consumers', { queue: 'celery' }) === 1,
      );
      await client.send([
        { name: 'truth.ok', count: 20 },
        { name: 'truth.fail', count: 5 },
      ]);
      await exporter.until(
        '25 tasks to end',
        (page) => done(page) === 20 && page.sum('celery_tasks_total', { state: 'failed' }) === 5,
      );
      await client.send({ name: 'truth.sleep', args: [4], count: 2 });
      const before = await exporter.until('two tasks to run', (page) => page.sum('celery_tasks_running') === 2);

      await redis.kill();
      await exporter.until('the broker to be down', (page) => page.value('celery_broker_up') === 0);
      expect((await exporter.get('/readyz')).status).toBe(503);
      await waitFor(async () => (await bed.truth()).count({ name: 'truth.sleep', what: 'succeeded' }) === 2, {
        within: 20_000,
        what: 'both tasks to end unseen',
      });
      const during = await exporter.page();
      expect(during.sum('celery_tasks_total')).toBe(before.sum('celery_tasks_total'));
      expect(during.value('celery_worker_up')).toBe(1);
      expect(failures(during)).toBeGreaterThan(1);

      await redis.restart();
      expect(await timed(() => exporter.until('the broker to be up', isUp, RESUMES_WITHIN))).toBeLessThan(
        RESUMES_WITHIN,
      );
      const after = await exporter.page();
      expect(after.value('celery_broker_reconnects_total')).toBe(1);
      expect(done(after)).toBeGreaterThanOrEqual(20);
      await client.awaitWorkers([worker.nodename], { within: 60_000 });
      await client.send({ name: 'truth.ok', count: 30 });
      const page = await exporter.until(
        '30 more tasks to end, and none to run',
        (now) =>
          now.sum('celery_tasks_total', { name: 'truth.ok', state: 'succeeded' }) === 50 &&
          now.sum('celery_tasks_running') === 0,
      );
      const truth = await bed.truth();
      // Whether the worker tells the two ends later is up to its version; where it does not, they are missed.
      expect(
        page.sum('celery_tasks_total', { state: 'started' }) +
          page.sum('celery_exporter_events_missed_total') -
          page.sum('celery_tasks_unresolved_total'),
      ).toBe(truth.count({ what: 'run' }));
      expect(done(page) + page.sum('celery_tasks_unresolved_total') + page.sum('celery_tasks_lost_total')).toBe(
        truth.count({ what: 'succeeded' }),
      );
      expect(page.value('celery_worker_task_events_enabled')).toBe(1);
      expect(page.value('celery_worker_starts_total')).toBe(0);
    },
  );

  it.concurrent('follows a failover of Sentinel, and counts the tasks before and after it', async () => {
    await using bed = new Testbed();
    const broker = await bed.sentinel();
    const [exporter, worker, client] = await Promise.all([
      startExporterProgram(bed, [
        `--broker-url=${broker.url}`,
        `--broker-transport-options=${JSON.stringify(broker.transportOptions)}`,
        ...QUICK,
      ]),
      bed.worker({ broker, name: 'w1' }),
      bed.client({ broker }),
    ]);
    await exporter.until(
      'the worker to have answered',
      (page) => page.value('celery_queue_consumers', { queue: 'celery' }) === 1,
    );
    await client.send({ name: 'truth.ok', count: 20 });
    await exporter.until('20 tasks to end', (page) => done(page) === 20);
    const next = await broker.failover();
    await exporter.logged(new RegExp(`^listening to the broker at 127\\.0\\.0\\.1:${next.port} after`), 20_000);
    await using fresh = await bed.client({ broker });
    await fresh.awaitWorkers([worker.nodename], { within: 60_000 });
    await fresh.send({ name: 'truth.ok', count: 30 });
    const page = await exporter.until('30 more tasks to end', (now) => done(now) === 50);
    expect((await bed.truth()).count({ what: 'succeeded' })).toBe(50);
    expect(page.value('celery_broker_reconnects_total')).toBe(1);
    expect(page.sum('celery_tasks_total', { name: 'unknown' })).toBe(0);
    expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
    expect(page.value('celery_worker_up', { worker: worker.nodename })).toBe(1);
  });
});

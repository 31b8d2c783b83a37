// Redis is away for some seconds while tasks run: what Celery does not tell afterwards is said to be missing, and a
// worker that never consumes again shows.
import { describe, expect, it } from '@jest/globals';
import { Testbed, waitFor } from '@celery-watch/testbed';
import { QUICK, startExporterProgram } from './testing.js';

const bothEnded = (bed: Testbed): Promise<unknown> =>
  waitFor(async () => (await bed.truth()).count({ name: 'truth.sleep', what: 'succeeded' }) === 2, {
    within: 40_000,
    what: 'both tasks to end',
  });

describe('after Redis was away', () => {
  it.concurrent('tasks that ended meanwhile have succeeded or are missed, and none of them runs on', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, , client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
      bed.worker({ broker: redis, name: 'w1' }),
      bed.client({ broker: redis }),
    ]);
    await exporter.until('its pool', (page) => page.value('celery_worker_pool_processes') === 2);
    await client.send({ name: 'truth.sleep', args: [12], count: 2 });
    await exporter.until('both tasks to run', (page) => page.sum('celery_tasks_running') === 2);
    await redis.stop();
    await redis.restart();
    await bothEnded(bed);
    // A worker that lists them for ever is not believed once more run than its pool has room for: two must run at once,
    // also where one of its processes is slow to take any.
    await client.send({ name: 'truth.ok', args: [1], count: 8 });
    const page = await exporter.until(
      'all of them to be accounted for',
      (now) =>
        now.sum('celery_tasks_total', { state: 'succeeded' }) + now.sum('celery_exporter_events_missed_total') === 10,
      60_000,
    );
    expect(page.sum('celery_tasks_total', { name: 'truth.ok', state: 'succeeded' })).toBe(8);
    expect([page.sum('celery_tasks_running'), page.sum('celery_tasks_lost_total')]).toEqual([0, 0]);
    expect(page.value('celery_worker_exits_total', { reason: 'died' })).toBe(0);
  });

  it.concurrent('a worker that does not consume any more stands still, as long as it does not', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, worker, client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
      bed.worker({ broker: redis, name: 'w1', mingle: true }),
      bed.client({ broker: redis }),
    ]);
    await exporter.until('its pool and queue', (page) => page.value('celery_worker_stalled_seconds') === 0);
    await client.send({ name: 'truth.sleep', args: [10], count: 2 });
    await exporter.until('both tasks to run', (page) => page.value('celery_worker_tasks_active') === 2);
    await redis.stop();
    await redis.restart();
    await bothEnded(bed);
    await exporter.until('the exporter to be back', (page) => page.value('celery_broker_up') === 1);
    await client.send({ name: 'truth.ok', count: 5 });
    // Celery 5.2 with its default flags takes none of them; newer ones take all.
    const page = await exporter.until(
      'the worker to stand still, or to have taken everything',
      (now) =>
        (now.value('celery_worker_stalled_seconds') ?? 0) > 10 ||
        (now.sum('celery_tasks_total', { name: 'truth.ok', state: 'succeeded' }) === 5 &&
          now.value('celery_queue_length', { queue: 'celery' }) === 0),
      60_000,
    );
    const isStuck = (page.value('celery_worker_stalled_seconds') ?? 0) > 10;
    expect(page.value('celery_queue_length', { queue: 'celery' })).toBe(isStuck ? 5 : 0);
    expect(page.value('celery_worker_up')).toBe(1);
    if (!isStuck) return;

    await worker.kill();
    await bed.worker({ broker: redis, name: 'w1' });
    await exporter.until(
      'its successor to take everything, and nobody to stand still',
      (now) =>
        now.sum('celery_tasks_total', { name: 'truth.ok', state: 'succeeded' }) === 5 &&
        (now.value('celery_worker_stalled_seconds') ?? 0) < 5,
    );
  });
});

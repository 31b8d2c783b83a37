// The lives of single tasks that are easily miscounted: hung, delivered twice, begun before the exporter, or on a wrong
// clock.
import { describe, expect, it } from '@jest/globals';
import { type RedisServer, type Scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { byLabel, connectTo, QUICK, type RunningExporter, startExporterProgram } from './testing.js';

const watch = (bed: Testbed, redis: RedisServer): Promise<RunningExporter> =>
  startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]);

/** Awaits the worker's answers: from now on its queue is known. */
const introduced = (exporter: RunningExporter): Promise<Scrape> =>
  exporter.until(
    'the worker to have answered',
    (page) => page.value('celery_workers') === 1 && page.value('celery_queue_consumers', { queue: 'celery' }) === 1,
  );

describe('a task', () => {
  it.concurrent('that hangs shows while it hangs, and not any more when it was revoked', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, client] = await Promise.all([
      watch(bed, redis),
      bed.client({ broker: redis }),
      bed.worker({ broker: redis, name: 'w1' }),
    ]);
    await introduced(exporter);
    await client.send({ name: 'truth.ok', count: 3 });
    const [hung = ''] = await client.send({ name: 'truth.sleep', args: [600] });
    const task = { name: 'truth.sleep' };
    const age = (page: Scrape): number => page.value('celery_task_longest_running_seconds', task) ?? 0;
    const first = await exporter.until('the task to run', (page) => page.value('celery_tasks_running', task) === 1);
    const later = await exporter.until('its age to grow', (page) => age(page) > age(first) + 2);
    expect(later.value('celery_tasks_running', task)).toBe(1);
    expect(later.sum('celery_task_duration_seconds_count', task)).toBe(0);
    expect(later.value('celery_task_longest_running_seconds', { name: 'truth.ok' })).toBe(0);

    await client.revoke([hung], { terminate: true });
    const page = await exporter.until(
      'it to be revoked',
      (now) => now.value('celery_tasks_total', { ...task, state: 'revoked' }) === 1 && age(now) === 0,
    );
    expect(page.value('celery_tasks_running', task)).toBe(0);
    for (const state of ['succeeded', 'failed', 'retried', 'rejected'])
      expect([state, page.value('celery_tasks_total', { ...task, state })]).toEqual([state, 0]);
    expect(page.sum('celery_tasks_lost_total')).toBe(0);
    expect(page.sum('celery_tasks_unresolved_total')).toBe(0);
  });

  it.concurrent('that is delivered twice, since its visibility timeout is over, counts twice', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const late = {
      broker: redis,
      settings: { task_acks_late: true, worker_prefetch_multiplier: 1 },
      transportOptions: { visibility_timeout: 1 },
      concurrency: 1,
    };
    const [exporter, client] = await Promise.all([
      watch(bed, redis),
      bed.client({ broker: redis, sendSentEvent: true }),
      bed.worker({ ...late, name: 'w1' }),
    ]);
    await introduced(exporter);
    await client.send({ name: 'truth.sleep', args: [8] });
    await exporter.until('the task to run', (page) => page.sum('celery_tasks_running') === 1);
    await exporter.until(
      'its visibility timeout to be over',
      (page) => (page.value('celery_task_longest_running_seconds', { name: 'truth.sleep' }) ?? 0) > 1.5,
    );
    // A worker that starts gives back what others have held for too long, and here takes it itself.
    await bed.worker({ ...late, name: 'w2' });
    await exporter.until('both executions to run', (page) => page.sum('celery_tasks_running') === 2);
    // Under load a third delivery may come before the second has ended: the tasks' own record says how many there were.
    const runs = await waitFor(
      async () => {
        const { run = 0, succeeded = 0 } = (await bed.truth()).counts['truth.sleep'] ?? {};
        return (
          run >= 2 &&
          run === succeeded &&
          (await exporter.page()).sum('celery_tasks_total', { state: 'succeeded' }) === run &&
          run
        );
      },
      { within: 60_000, what: 'all executions to end and to be counted' },
    );
    const page = await exporter.page();
    expect(byLabel(page, 'celery_tasks_total', 'state')).toEqual({
      sent: 1,
      received: runs,
      started: runs,
      succeeded: runs,
      failed: 0,
      retried: 0,
      rejected: 0,
      revoked: 0,
      cancelled: 0,
    });
    expect(page.sum('celery_tasks_running')).toBe(0);
    expect(page.value('celery_task_duration_seconds_count', { name: 'truth.sleep' })).toBe(runs);
    for (const worker of ['w1@testbed', 'w2@testbed'])
      expect(page.value('celery_worker_tasks_total', { worker, state: 'succeeded' })).toBeGreaterThan(0);
    expect(page.sum('celery_exporter_events_duplicate_total')).toBe(0);
  });

  it.concurrent(
    'that began before the exporter counts under unknown, and nothing becomes negative or NaN',
    async () => {
      await using bed = new Testbed();
      const redis = await bed.redis();
      const [before, client] = await Promise.all([
        watch(bed, redis),
        bed.client({ broker: redis }),
        bed.worker({ broker: redis, name: 'w1' }),
      ]);
      await introduced(before);
      await client.send([
        { name: 'truth.sleep', args: [7] },
        { name: 'truth.ok', countdown: 7, count: 3 },
        { name: 'truth.fail', countdown: 7 },
      ]);
      await before.until(
        'one task to run and four to wait',
        (page) => page.sum('celery_tasks_running') === 1 && page.sum('celery_tasks_total', { state: 'received' }) === 5,
      );
      expect(await before.process.stop()).toEqual({ code: 0, signal: null });

      const exporter = await watch(bed, redis);
      await introduced(exporter);
      expect((await bed.truth()).count({ what: 'succeeded' })).toBe(0);
      await exporter.until(
        'all of them to end',
        (now) =>
          now.sum('celery_tasks_total', { state: 'succeeded' }) === 4 &&
          now.sum('celery_tasks_total', { state: 'failed' }) === 1,
      );
      await client.send({ name: 'truth.ok', count: 2 });
      const page = await exporter.until(
        'two new ones to end',
        (now) => now.sum('celery_tasks_total', { name: 'truth.ok', state: 'succeeded' }) === 2,
      );
      const unknown = { name: 'unknown', queue: 'unknown' };
      const counts = { received: 0, started: 4, succeeded: 4, failed: 1 };
      for (const [state, count] of Object.entries(counts))
        expect([state, page.value('celery_tasks_total', { ...unknown, state })]).toEqual([state, count]);
      expect(page.value('celery_task_failures_total', { ...unknown, exception: 'ValueError' })).toBe(1);
      // The run time of a success stands in its event; of a failure it is known where the start was seen.
      expect(page.value('celery_task_duration_seconds_count', unknown)).toBe(5);
      expect(page.sum('celery_tasks_running')).toBe(0);
      expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
      // A clock's skew may well be below zero.
      const odd = page.samples.filter(
        ({ name, value }) => name.startsWith('celery_') && name !== 'celery_worker_clock_skew_seconds' && !(value >= 0),
      );
      expect(odd).toEqual([]);
    },
  );

  it.concurrent('on a worker with a wrong clock is as old as it is, and waits for no negative time', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const exporter = await watch(bed, redis);
    await exporter.until('the broker to be up', (page) => page.value('celery_broker_up') === 1);
    await using raw = await connectTo(redis);
    // No real worker can be told another time without help from outside, so this one is made by hand; nobody else
    // listens here.
    const worker = { hostname: 'late@host', pid: 7, utcoffset: 0, clock: 1 };
    const publish = (type: string, skew: number, fields: Readonly<Record<string, unknown>>): Promise<number> =>
      raw.publish(
        `/0.celeryev/${type.replaceAll('-', '.')}`,
        JSON.stringify({
          body: Buffer.from(JSON.stringify({ type, timestamp: Date.now() / 1000 + skew, ...fields })).toString(
            'base64',
          ),
          'content-encoding': 'utf-8',
          'content-type': 'application/json',
          headers: {},
          properties: { body_encoding: 'base64', delivery_tag: 'x' },
        }),
      );
    const skew = -300;
    const uuid = '00000000-0000-4000-8000-000000000001';
    await publish('worker-heartbeat', skew, {
      ...worker,
      freq: 60,
      active: 0,
      processed: 0,
      loadavg: [0, 0, 0],
      sw_ident: 'py-celery',
      sw_ver: '5',
      sw_sys: 'Linux',
    });
    await publish('task-sent', 0, {
      hostname: 'gen1@client',
      pid: 1,
      uuid,
      name: 'slow',
      queue: 'q',
      retries: 0,
      eta: null,
    });
    await publish('task-received', skew, { ...worker, uuid, name: 'slow', retries: 0, eta: null });
    await publish('task-started', skew, { ...worker, uuid });
    const running = await exporter.until(
      'the task to have run for a second',
      (page) => (page.value('celery_task_longest_running_seconds', { name: 'slow' }) ?? 0) > 1,
    );
    expect(running.value('celery_task_longest_running_seconds', { name: 'slow' })).toBeLessThan(60);
    expect(running.value('celery_worker_clock_skew_seconds')).toBeCloseTo(skew, -1);
    await publish('task-failed', skew, { ...worker, uuid, exception: 'ValueError()', traceback: '' });
    const page = await exporter.until(
      'the task to end',
      (now) => now.sum('celery_tasks_total', { name: 'slow', state: 'failed' }) === 1,
    );
    expect(page.value('celery_task_duration_seconds_sum', { name: 'slow' })).toBeGreaterThan(1);
    expect(page.value('celery_task_duration_seconds_sum', { name: 'slow' })).toBeLessThan(60);
    expect(page.value('celery_task_queue_wait_seconds_sum', { name: 'slow' })).toBe(0);
    expect(page.value('celery_task_prefetch_wait_seconds_sum', { name: 'slow' })).toBeLessThan(60);
    expect(page.value('celery_worker_up', { worker: 'late@host' })).toBe(1);
  });
});

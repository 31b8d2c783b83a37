// The life of workers: killed, stopped, restarted, or silent since they are busy.
import { describe, expect, it } from '@jest/globals';
import { type RedisServer, Testbed, waitFor } from '@celery-watch/testbed';
import { QUICK, type RunningExporter, startExporterProgram, timed } from './testing.js';

/** Redis with an exporter on it that gives up tasks and workers soon. */
async function watch(
  bed: Testbed,
  ...flags: readonly string[]
): Promise<{ redis: RedisServer; exporter: RunningExporter }> {
  const redis = await bed.redis();
  return { redis, exporter: await startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK, ...flags]) };
}

/** Awaits that all of them are up and have told their pool. */
const introduced = (exporter: RunningExporter, ...workers: readonly { readonly nodename: string }[]) =>
  exporter.until(
    `${workers.map(({ nodename }) => nodename).join(' and ')} to have answered`,
    (page) =>
      page.value('celery_workers') === workers.length &&
      workers.every(({ nodename }) => page.value('celery_worker_pool_processes', { worker: nodename }) !== undefined),
  );

// All at once, since most of their time they wait.
describe('a worker', () => {
  it.concurrent(
    'that is killed is down within 10 s, loses exactly what ran on it, stays at 0 for its time and then goes',
    async () => {
      await using bed = new Testbed();
      const { redis, exporter } = await watch(bed, '--lost-after=8s', '--worker-ttl=6s');
      const [victim, neighbour, client] = await Promise.all([
        bed.worker({ broker: redis, name: 'victim', concurrency: 3 }),
        bed.worker({ broker: redis, name: 'neighbour', queues: ['other'] }),
        bed.client({ broker: redis, sendSentEvent: true }),
      ]);
      await introduced(exporter, victim, neighbour);
      await client.send([
        { name: 'truth.ok', count: 5 },
        { name: 'truth.sleep', args: [300], count: 3 },
        { name: 'truth.sleep', args: [300], queue: 'other' },
      ]);
      await exporter.until(
        '4 tasks to run',
        (page) =>
          page.sum('celery_tasks_running') === 4 && page.sum('celery_tasks_total', { state: 'succeeded' }) === 5,
      );

      await victim.kill();
      const worker = { worker: victim.nodename };
      const down = await timed(() =>
        exporter.until('the worker to be down', (page) => page.value('celery_worker_up', worker) === 0, 10_000),
      );
      expect(down).toBeLessThan(10_000);
      const early = await exporter.page();
      expect(early.value('celery_workers')).toBe(1);
      expect(early.value('celery_worker_tasks_active', worker)).toBeUndefined();
      expect(early.value('celery_queue_consumers', { queue: 'celery' })).toBe(0);
      const lost = await exporter.until('its tasks to be lost', (page) => page.sum('celery_tasks_lost_total') > 0);
      expect(lost.value('celery_tasks_lost_total', { name: 'truth.sleep', queue: 'celery' })).toBe(3);
      expect(lost.value('celery_tasks_running', { name: 'truth.sleep', queue: 'celery' })).toBe(0);
      expect(lost.value('celery_worker_up', worker)).toBe(0);
      expect(lost.value('celery_worker_exits_total', { ...worker, reason: 'died' })).toBe(1);
      expect(lost.value('celery_worker_exits_total', { ...worker, reason: 'shutdown' })).toBe(0);

      const gone = await exporter.until(
        'its series to go',
        (page) => page.value('celery_worker_up', worker) === undefined,
      );
      expect(gone.samples.filter(({ labels }) => labels['worker'] === victim.nodename)).toEqual([]);
      expect(gone.sum('celery_tasks_lost_total')).toBe(3);
      const other = { worker: neighbour.nodename };
      expect(gone.value('celery_worker_up', other)).toBe(1);
      expect(gone.sum('celery_worker_exits_total', other)).toBe(0);
      expect(gone.value('celery_tasks_running', { name: 'truth.sleep', queue: 'other' })).toBe(1);
      expect((await bed.truth()).count({ name: 'truth.sleep', worker: victim.nodename, what: 'run' })).toBe(3);
    },
  );

  it.concurrent(
    'that is killed and started again at once under its name stays up, and what ran on the killed process is lost all the same',
    async () => {
      await using bed = new Testbed();
      const { redis, exporter } = await watch(bed, '--lost-after=7s');
      const [first, client] = await Promise.all([
        bed.worker({ broker: redis, name: 'w1' }),
        bed.client({ broker: redis }),
      ]);
      await introduced(exporter, first);
      await client.send({ name: 'truth.sleep', args: [300], count: 2 });
      await exporter.until(
        'both tasks to run, and a heartbeat to tell of them',
        (page) => page.sum('celery_tasks_running') === 2 && page.value('celery_worker_tasks_processed_total') === 2,
      );
      await first.kill();
      const second = await bed.worker({ broker: redis, name: 'w1' });
      await exporter.until('the start to be seen', (page) => page.value('celery_worker_starts_total') === 1);
      await client.send({ name: 'truth.ok', count: 10 });
      const seen = new Set<number | undefined>();
      const page = await exporter.until('the tasks of the killed process to be lost', (now) => {
        seen.add(now.value('celery_worker_up', { worker: second.nodename }));
        return now.sum('celery_tasks_lost_total') > 0;
      });
      expect([...seen]).toEqual([1]);
      expect(page.sum('celery_tasks_lost_total', { name: 'truth.sleep' })).toBe(2);
      expect(page.sum('celery_tasks_running')).toBe(0);
      expect(page.value('celery_worker_exits_total', { reason: 'died' })).toBe(1);
      expect(page.value('celery_worker_starts_total')).toBe(1);
      expect(page.sum('celery_tasks_total', { name: 'truth.ok', state: 'succeeded' })).toBe(10);
      expect(page.value('celery_worker_tasks_processed_total')).toBe(2 + 10);
    },
  );

  it.concurrent(
    'that is stopped is down at once, said goodbye, and its last tasks are still counted; a start under its name is one',
    async () => {
      await using bed = new Testbed();
      const { redis, exporter } = await watch(bed, '--lost-after=1s');
      const [first, client] = await Promise.all([
        bed.worker({ broker: redis, name: 'w1' }),
        bed.client({ broker: redis }),
      ]);
      await introduced(exporter, first);
      await client.send({ name: 'truth.sleep', args: [5], count: 2 });
      await exporter.until('both tasks to run', (page) => page.sum('celery_tasks_running') === 2);
      const stopped = first.stop();
      const leaving = await exporter.until(
        'its goodbye',
        (page) => page.value('celery_worker_exits_total', { reason: 'shutdown' }) === 1,
      );
      expect(leaving.value('celery_worker_up')).toBe(0);
      expect(leaving.value('celery_tasks_running', { name: 'truth.sleep' })).toBe(2);
      expect(await stopped).toEqual({ code: 0, signal: null });
      const after = await exporter.until(
        'its last tasks to end',
        (page) => page.sum('celery_tasks_total', { state: 'succeeded' }) === 2,
      );
      expect(after.sum('celery_tasks_running')).toBe(0);
      expect(after.sum('celery_tasks_lost_total')).toBe(0);
      expect(after.value('celery_worker_up')).toBe(0);

      await bed.worker({ broker: redis, name: 'w1' });
      await client.send({ name: 'truth.ok', count: 10 });
      const page = await exporter.until(
        '10 more to end',
        (now) => now.sum('celery_tasks_total', { state: 'succeeded' }) === 12,
      );
      expect(page.value('celery_worker_up')).toBe(1);
      expect(page.value('celery_worker_starts_total')).toBe(1);
      expect(page.value('celery_worker_exits_total', { reason: 'shutdown' })).toBe(1);
      expect(page.value('celery_worker_exits_total', { reason: 'died' })).toBe(0);
      expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
    },
  );

  it.concurrent('with the solo pool stays up while a task runs for 15 s, during which it says nothing', async () => {
    await using bed = new Testbed();
    const { redis, exporter } = await watch(bed);
    const [worker, client] = await Promise.all([
      bed.worker({ broker: redis, name: 'solo', pool: 'solo' }),
      bed.client({ broker: redis }),
    ]);
    await introduced(exporter, worker);
    await client.send({ name: 'truth.sleep', args: [15] });
    await staysUpUntilTheEnd(bed, exporter, worker.nodename);
  });

  it.concurrent(
    'with the solo pool stays up even if its first task began before it could say that it is solo',
    async () => {
      await using bed = new Testbed();
      const { redis, exporter } = await watch(bed);
      const client = await bed.client({ broker: redis });
      await client.send({ name: 'truth.sleep', args: [12] });
      const worker = await bed.worker({ broker: redis, name: 'solo', pool: 'solo' });
      await exporter.until(
        'the worker to be seen',
        (page) => page.value('celery_worker_up', { worker: worker.nodename }) === 1,
      );
      await staysUpUntilTheEnd(bed, exporter, worker.nodename);
    },
  );

  it.concurrent('with the solo pool is down after --solo-worker-silence when it was killed', async () => {
    await using bed = new Testbed();
    const { redis, exporter } = await watch(bed, '--solo-worker-silence=12s');
    const worker = await bed.worker({ broker: redis, name: 'solo', pool: 'solo' });
    await introduced(exporter, worker);
    await worker.kill();
    const down = await timed(() =>
      exporter.until('the worker to be down', (page) => page.value('celery_worker_up') === 0),
    );
    // Its last heartbeat came up to 2 s before it was killed.
    expect(down).toBeGreaterThan(9_500);
    expect((await exporter.page()).value('celery_worker_exits_total', { reason: 'died' })).toBe(1);
  });
});

async function staysUpUntilTheEnd(bed: Testbed, exporter: RunningExporter, nodename: string): Promise<void> {
  const seen = new Set<number | undefined>();
  await waitFor(
    async () => {
      seen.add((await exporter.page()).value('celery_worker_up', { worker: nodename }));
      return (await bed.truth()).count({ name: 'truth.sleep', what: 'succeeded' }) === 1;
    },
    { within: 40_000, what: 'the task to end' },
  );
  const page = await exporter.until(
    'the end to be counted and the pool to be told',
    (now) =>
      now.sum('celery_tasks_total', { name: 'truth.sleep', state: 'succeeded' }) === 1 &&
      now.value('celery_worker_info', { worker: nodename, pool: 'solo' }) === 1,
  );
  expect([...seen]).toEqual([1]);
  expect(page.value('celery_worker_exits_total', { worker: nodename, reason: 'died' })).toBe(0);
  expect(page.sum('celery_tasks_lost_total')).toBe(0);
  expect(page.sum('celery_exporter_events_missed_total')).toBe(0);
}

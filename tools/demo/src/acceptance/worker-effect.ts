// What an attached exporter costs a worker: CPU for each task, with and without, on tasks that do a little real work.
import { familyCpuSeconds, type RedisServer, Testbed, waitFor } from '@celery-watch/testbed';

const TASKS = 60;
const BLOCKS = 4;
/** Seconds of CPU in each task: little, as tasks go. */
const BURN = 0.02;

/**
 * The worker's CPU for a block of tasks beside an exporter, as a multiple of what it takes without: the least of each,
 * since what others take only adds.
 */
export async function workerEffect(): Promise<number> {
  await using bed = new Testbed();
  const redis = await bed.redis();
  const worker = await bed.worker({ broker: redis, name: 'w1', concurrency: 1, sendSentEvent: true });
  const client = await bed.client({ broker: redis, sendSentEvent: true });
  await client.awaitWorkers(['w1@testbed']);
  const block = async (): Promise<number> => {
    const before = await familyCpuSeconds(worker.process.pid);
    await client.send({ name: 'truth.burn', args: [BURN], count: TASKS });
    await waitFor(
      async () =>
        (await redis.cli('LLEN', 'celery')).trim() === '0' && (await redis.cli('HLEN', 'unacked')).trim() === '0',
      { within: 60_000, what: 'all tasks to have run', every: 50 },
    );
    return (await familyCpuSeconds(worker.process.pid)) - before;
  };
  const costs = { alone: Infinity, watched: Infinity };
  for (let i = 0; i < BLOCKS; i++) {
    costs.alone = Math.min(costs.alone, await block());
    costs.watched = Math.min(costs.watched, await watched(bed, redis, block));
  }
  return costs.watched / costs.alone;
}

async function watched<T>(bed: Testbed, redis: RedisServer, work: () => Promise<T>): Promise<T> {
  const exporter = await bed.exporter({ args: [`--broker-url=${redis.url}`] });
  await exporter.until(
    'the events of the worker to be on',
    (page) => page.sum('celery_worker_task_events_enabled') === 1,
    60_000,
  );
  const result = await work();
  await exporter.process.stop();
  return result;
}

// Alerts that really fire: each cause is made on real parts, its alert arrives at the webhook, and resolves after
// repair.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Client,
  freePort,
  type RedisServer,
  type RunningExporter,
  scrape,
  Testbed,
  waitFor,
  type Worker,
} from '@celery-watch/testbed';
import { type Pipeline, startPipeline } from './pipeline.js';

const QUICK = ['--queue-poll-interval=1s', '--worker-poll-interval=5s', '--lost-after=6s', '--worker-ttl=40s'];

describe('on a real site, watched by the real Prometheus and AlertManager', () => {
  const bed = new Testbed();
  const timeline: string[] = [];
  let pipeline: Pipeline & AsyncDisposable;
  let redis: RedisServer;
  let exporter: RunningExporter;
  let worker: Worker;
  let client: Client;
  let port: number;

  const page = () => scrape(`http://127.0.0.1:${port}/metrics`);
  const startExporter = () => bed.exporter({ port, args: [`--broker-url=${redis.url}`, ...QUICK] });
  const startWorker = () => bed.worker({ broker: redis, name: 'w1', concurrency: 2, sendSentEvent: true });
  const isUp = () =>
    waitFor(
      async () =>
        (await page()).value('celery_worker_up', { worker: 'w1@testbed' }) === 1 &&
        (await page()).sum('celery_queue_consumers') > 0,
      { within: 60_000, what: 'the worker to be up' },
    );

  /** Makes the cause, awaits the alerts, repairs, awaits their end; and notes how long each took. */
  async function follows(
    alerts: readonly string[],
    cause: () => Promise<unknown>,
    repair: () => Promise<unknown>,
  ): Promise<void> {
    const from = pipeline.received.length;
    const began = performance.now();
    await cause();
    for (const alert of alerts) {
      const news = await pipeline.until(alert, 'firing', from, 90_000);
      timeline.push(`${alert} fired ${((performance.now() - began) / 1000).toFixed(1)} s after its cause`);
      expect(news.receiver).toBe(news.labels['severity']);
      for (const annotation of ['summary', 'description', 'summary_zh', 'description_zh', 'runbook_url'])
        expect(news.annotations[annotation]).toMatch(/\S/);
    }
    const repaired = performance.now();
    await repair();
    for (const alert of alerts) {
      await pipeline.until(alert, 'resolved', from, 90_000);
      timeline.push(`${alert} resolved ${((performance.now() - repaired) / 1000).toFixed(1)} s after its repair`);
    }
  }

  beforeAll(async () => {
    redis = await bed.redis();
    port = await freePort();
    exporter = await startExporter();
    pipeline = await startPipeline(bed, port);
    worker = await startWorker();
    client = await bed.client({ broker: redis, sendSentEvent: true });
    await isUp();
  });
  afterAll(async () => {
    console.log(timeline.join('\n'));
    await bed.close();
    await pipeline[Symbol.asyncDispose]();
  });

  it('sends the Watchdog all the time', async () => {
    expect((await pipeline.until('Watchdog', 'firing', 0)).receiver).toBe('default');
  });

  it('tells of failing tasks, in all and by name', async () => {
    await follows(
      ['HighCeleryTaskFailureRate', 'CeleryTaskFailing'],
      // Spread over some scrapes: a rate does not see what a series begins with.
      () =>
        client.send(
          Array.from({ length: 8 }, (_, second) => ({
            name: 'truth.fail',
            count: 20,
            args: ['ValueError'],
            countdown: second,
          })),
        ),
      () => client.send({ name: 'truth.ok', count: 50 }),
    );
  });

  it('tells of a queue that is too long, and of a task that hangs', async () => {
    let hung: readonly string[] = [];
    await follows(
      ['HighCeleryQueueLength', 'CeleryTaskRunningTooLong'],
      async () => {
        hung = await client.send({ name: 'truth.sleep', args: [600], count: 2 });
        await client.send({ name: 'truth.ok', count: 150 });
      },
      () => client.revoke([...hung], { terminate: true }),
    );
  });

  it('tells of a queue that no worker consumes', async () => {
    await follows(
      ['CeleryQueueWithoutWorker'],
      () => client.send({ name: 'truth.ok', queue: 'forgotten', count: 5 }),
      () => client.purge('forgotten'),
    );
  });

  it('tells of a worker that was killed, and of the tasks that were lost with it', async () => {
    await client.send({ name: 'truth.sleep', args: [600] });
    await waitFor(async () => (await page()).sum('celery_tasks_running') === 1, {
      within: 30_000,
      what: 'a task to run',
    });
    await follows(
      ['CeleryWorkerDown'],
      () => worker.kill(),
      async () => {
        worker = await startWorker();
        await isUp();
      },
    );
    await pipeline.until('CeleryTasksLost', 'firing', 0);
  });

  it('tells of Redis being away', async () => {
    await follows(
      ['CeleryRedisConnectionFailed'],
      () => redis.stop(),
      () => redis.restart(),
    );
  });

  it('tells of an exporter that does not answer', async () => {
    await follows(
      ['CeleryExporterDown'],
      () => exporter.process.stop(),
      async () => {
        exporter = await startExporter();
      },
    );
  });
});

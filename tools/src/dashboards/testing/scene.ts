// A small Celery site at work, with a bit of everything that dashboards show: ends of every kind, a backlog, a hung
// task, a killed worker, a relay.
import { fileURLToPath } from 'node:url';
import { freePort, scrape, type Testbed, waitFor } from '@celery-watch/testbed';
import { type Prometheus, startPrometheus } from './prometheus.js';
import { startRelay } from './relay.js';

const EXPORTER = fileURLToPath(new URL('../../../../apps/exporter/bin/celery-exporter.js', import.meta.url));
const QUICK = [
  '--queue-poll-interval=1s',
  '--worker-poll-interval=5s',
  '--lost-after=2s',
  '--min-worker-silence=3s',
  '--max-exceptions=1',
];

/** Starts everything, and keeps sending tasks until the signal aborts. */
export async function startScene(bed: Testbed, signal: AbortSignal): Promise<Prometheus> {
  const redis = await bed.redis();
  const port = await freePort();
  const exporter = await bed.start({
    name: 'exporter',
    command: process.execPath,
    args: [EXPORTER, `--broker-url=${redis.url}`, `--port=${port}`, ...QUICK],
    leaf: true,
  });
  const page = `http://localhost:${port}/metrics`;
  await exporter.ready(async () => (await fetch(`http://localhost:${port}/readyz`)).ok, { within: 30_000 });
  const relay = await startRelay(bed, `http://localhost:${port}/no-such-address`);
  const prometheus = await startPrometheus(bed, page, relay.url);
  const [client, doomed] = await Promise.all([
    bed.client({ broker: redis, sendSentEvent: true }),
    bed.worker({ broker: redis, name: 'doomed', queues: ['bulk'], concurrency: 1 }),
    bed.worker({ broker: redis, name: 'steady', queues: ['celery', 'mail'], concurrency: 3, sendSentEvent: true }),
  ]);
  await waitFor(async () => (await scrape(page)).sum('celery_queue_consumers') >= 3, {
    within: 60_000,
    what: 'the exporter to know the consumers of all queues',
  });

  await client.send([
    { name: 'truth.sleep', args: [600], queue: 'mail' },
    { name: 'truth.sleep', args: [600], queue: 'bulk' },
    { name: 'truth.ok', queue: 'bulk', count: 12 },
  ]);
  await waitFor(
    async () => (await scrape(page)).value('celery_tasks_running', { name: 'truth.sleep', queue: 'bulk' }) === 1,
    { within: 30_000, what: 'the task that will be lost' },
  );
  await doomed.kill();
  void (async () => {
    while (!signal.aborted) {
      await relay.post();
      await client.send([
        { name: 'truth.ok', count: 3 },
        { name: 'truth.ok', kwargs: { duration: 0.2 }, queue: 'mail' },
        { name: 'truth.ok', countdown: 1 },
        { name: 'truth.fail', kwargs: { kind: 'ValueError' } },
        { name: 'truth.fail', kwargs: { kind: 'PaymentError' } },
        { name: 'truth.retry_then_ok' },
        { name: 'truth.ignore' },
        { name: 'truth.ok', revoked: true },
        { name: 'truth.reject_drop' },
      ]);
      await new Promise((resolve) => {
        setTimeout(resolve, 500);
      });
    }
  })().catch(() => undefined);
  return prometheus;
}

// In the place of danihodovic's celery-exporter: started by its variables alone, scraped by a real Prometheus, asked
// what its dashboards and alerts ask.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Prometheus, Testbed, waitFor } from '@celery-watch/testbed';
import { launchExporter } from './testing.js';

const QUERIES = readFileSync(new URL('../../src/dropin/recorded/danihodovic-queries.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** Grafana's variables as they stand in the test. */
const VARIABLES: Readonly<Record<string, string>> = {
  cluster: 'c',
  namespace: 'n',
  job: 'celery-exporter',
  queue_name: '.*',
  task: '.*',
  __rate_interval: '1m',
  __range: '5m',
};

const filled = (query: string): string => query.replace(/\$(\w+)/g, (whole, name: string) => VARIABLES[name] ?? whole);

/** What a query must find, whatever it finds of it: tables leave out zeros, which are there all the same. */
const withoutLimits = (query: string): string => query.replace(/ > 0 ?(?=\)|$)/g, ' ');

async function isAnswered(prometheus: Prometheus, query: string): Promise<boolean> {
  const values = /^label_values\((?:(.*), )?(\w+)\)$/.exec(filled(query));
  if (values === null) return (await prometheus.instant(withoutLimits(filled(query)))).length > 0;
  const [, selector = '', label = ''] = values;
  return (await prometheus.labelValues(selector.replace('{}', ''), label)).length > 0;
}

const TASKS = [
  { name: 'truth.ok', count: 5 },
  { name: 'truth.fail', count: 3 },
  { name: 'truth.reject_drop' },
  { name: 'truth.ok', queue: 'slow' },
];
const RULE = (name: string): string =>
  `sum(increase(${name}{job=~".*celery.*", queue_name!~"None", name!~"None"}[10m]))`;
const BY = 'by (job, namespace, queue_name, name)';

describe("in the place of danihodovic's exporter", () => {
  it.concurrent('its dashboards and alerts find what they ask for', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, worker, client] = await Promise.all([
      launchExporter(bed, [], { CE_BROKER_URL: redis.url, CE_PORT: '0', CE_LOG_LEVEL: 'INFO', CE_QUEUES: 'backlog' }),
      bed.worker({ broker: redis, name: 'w1@box', queues: ['celery', 'slow'] }),
      bed.client({ broker: redis, sendSentEvent: true }),
    ]);
    await client.awaitWorkers(['w1@box']);
    await exporter.until('the worker to be heard', (page) => page.value('celery_worker_up') === 1);
    await client.send([...TASKS, { name: 'truth.ok', queue: 'backlog', count: 120 }]);
    const health = await fetch(`${exporter.url}/health`);
    expect([health.status, await health.text()]).toEqual([200, 'Connected to the broker\n']);
    await exporter.until('the first tasks to be counted', (page) => page.sum('celery_task_failed_total') === 3);

    const prometheus = await bed.prometheus({
      config: `
global: { scrape_interval: 1s }
scrape_configs:
  - job_name: celery-exporter
    static_configs: [{ targets: ['${new URL(exporter.url).host}'], labels: { cluster: c, namespace: n } }]
`,
    });
    const scraped = (failures: number): Promise<true> =>
      waitFor(async () => (await prometheus.value('sum(celery_task_failed_total)')) === failures, {
        within: 20_000,
        what: `Prometheus to have seen ${failures} failures`,
      });
    await scraped(3);
    await client.send(TASKS);
    await scraped(6);
    await waitFor(async () => (await prometheus.value('celery_queue_length{queue_name="backlog"}')) === 120, {
      within: 40_000,
      what: 'the length of the queue',
    });

    // Rates need two samples that differ, and the last scrape may be the first of them.
    for (const query of QUERIES)
      await waitFor(() => isAnswered(prometheus, query), { within: 20_000, what: `an answer to ${query}` });
    expect(QUERIES.length).toBeGreaterThan(90);

    // A task that only fails is found at 100 %, since its successes are there at 0.
    const failed = `${RULE('celery_task_failed_total')} ${BY}`;
    const highFailRate = `${failed} / (${failed} + ${RULE('celery_task_succeeded_total')} ${BY}) * 100 > 5`;
    expect(
      (await prometheus.instant(highFailRate)).map(({ labels, samples }) => [labels['name'], samples[0]?.[1]]),
    ).toEqual([['truth.fail', 100]]);
    expect(
      await prometheus.value('sum(celery_queue_length{job=~".*celery.*", queue_name!~"None"}) by (queue_name) > 100'),
    ).toBe(120);
    expect(await prometheus.value('celery_worker_up{hostname="box"}')).toBe(1);
    expect(await prometheus.value('celery_active_worker_count{queue_name="slow"}')).toBe(1);
    expect(await prometheus.value('celery_active_process_count{queue_name="slow"}')).toBe(2);
    const fastRuns = 'celery_task_runtime_bucket{name="truth.ok",queue_name="slow",le="1.0"}';
    await waitFor(async () => (await prometheus.value(fastRuns)) === 2, { within: 20_000, what: 'both runs' });
    // Ours stand beside theirs, but for the names that both have.
    expect(await prometheus.value('celery_workers')).toBe(1);
    expect(await prometheus.value('count(celery_worker_up)')).toBe(1);

    await worker.kill();
    const isDown = async (): Promise<boolean> =>
      (await prometheus.instant('celery_worker_up{job=~".*celery.*"} == 0')).length === 1;
    await waitFor(isDown, { within: 30_000, what: 'the worker to be down' });
  });

  it.concurrent('says by /health that the broker is away', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const exporter = await launchExporter(bed, ['--port=0'], { CE_BROKER_URL: redis.url });
    const is = async (status: number): Promise<boolean> => (await fetch(`${exporter.url}/health`)).status === status;
    await waitFor(() => is(200), { within: 20_000, what: '/health to answer 200' });
    await redis.stop();
    await waitFor(() => is(500), { within: 20_000, what: '/health to answer 500' });
    expect((await fetch(`${exporter.url}/metrics`)).status).toBe(200);
  });
});

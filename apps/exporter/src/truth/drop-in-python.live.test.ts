// In the place of Flower and of OvalMoney's exporter: on their ports' options and paths, scraped by a real Prometheus,
// asked what their dashboards and alerts ask.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Prometheus, Testbed, waitFor, type Worker } from '@celery-watch/testbed';
import { launchExporter, type RunningExporter } from './testing.js';

/** Grafana's variables as they stand in the test. */
const VARIABLES: Readonly<Record<string, string>> = {
  worker: '.*',
  task: '.*',
  Namespace: 'shop',
  Name: '.*',
  State: '.*',
  Interval: '1m',
  __rate_interval: '1m',
  __range: '5m',
};

function queriesOf(name: string): readonly string[] {
  return readFileSync(new URL(`../../src/dropin/recorded/${name}-queries.txt`, import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((query) => query.replace(/\$(\w+)/g, (whole, variable: string) => VARIABLES[variable] ?? whole));
}

async function isAnswered(prometheus: Prometheus, query: string): Promise<boolean> {
  const [, selector = '', label = ''] = /^label_values\((\w+), ?(\w+)\)$/.exec(query) ?? [];
  if (label !== '') return (await prometheus.labelValues(selector, label)).length > 0;
  // What a dashboard shows as 0 where it finds nothing must be found here.
  return (await prometheus.instant(query.replace(/ or vector\(0\)$/, ''))).length > 0;
}

async function unanswered(prometheus: Prometheus, queries: readonly string[]): Promise<string[]> {
  const without: string[] = [];
  for (const query of queries) if (!(await isAnswered(prometheus, query))) without.push(query);
  return without;
}

const scraping = ({ url }: RunningExporter, job: string, path = '/metrics'): string => `
  - job_name: ${job}
    metrics_path: ${path}
    static_configs: [{ targets: ['${new URL(url).host}'] }]`;

describe('in the place of others', () => {
  const bed = new Testbed();
  let worker: Worker;
  let flower: RunningExporter;
  let ovalmoney: RunningExporter;
  let prometheus: Prometheus;

  beforeAll(async () => {
    const redis = await bed.redis();
    const [first, second, started, client] = await Promise.all([
      launchExporter(bed, ['--drop-in=flower', '--broker', redis.url], {
        FLOWER_PORT: '0',
        FLOWER_URL_PREFIX: 'flower',
        FLOWER_TASK_RUNTIME_METRIC_BUCKETS: '0.5,1,60',
      }),
      launchExporter(bed, ['--drop-in=ovalmoney', '--enable-events', '-l', '127.0.0.1:0'], {
        CELERY_EXPORTER_BROKER_URL: redis.url,
        CELERY_EXPORTER_NAMESPACE: 'shop',
      }),
      bed.worker({ broker: redis, name: 'w1@box', concurrency: 1 }),
      bed.client({ broker: redis, sendSentEvent: true }),
    ]);
    [flower, ovalmoney, worker] = [first, second, started];
    prometheus = await bed.prometheus({
      config: `
global: { scrape_interval: 1s }
scrape_configs: ${scraping(flower, 'flower', '/flower/metrics')}${scraping(ovalmoney, 'celery')}
`,
    });
    await client.awaitWorkers(['w1@box']);
    for (const exporter of [flower, ovalmoney])
      await exporter.until('it to hear the worker', (page) => page.sum('celery_workers') === 1);
    const send = async (times: number): Promise<void> => {
      await client.send([
        { name: 'truth.sleep', args: [3] },
        { name: 'truth.ok', count: 5 },
        { name: 'truth.fail', count: 3 },
        { name: 'truth.retry_then_ok', args: [1, 1] },
        { name: 'truth.custom_event' },
      ]);
      await waitFor(
        async () =>
          (await prometheus.value('sum(flower_events_total{type="task-succeeded"})')) === 8 * times &&
          (await prometheus.value('sum(celery_tasks_total{job="celery",state="SUCCESS"})')) === 8 * times,
        { within: 40_000, what: `Prometheus to have seen round ${times} end` },
      );
    };
    // A rate needs two moments.
    await send(1);
    await send(2);
  }, 120_000);
  afterAll(() => bed.close());

  it("Flower's dashboard finds what it asks for, and its alert on failures fires", async () => {
    const queries = queriesOf('flower');
    expect(queries).toHaveLength(17);
    const isOfTrouble = (query: string): boolean => /== 0|> 1$/.test(query);
    expect(
      await unanswered(
        prometheus,
        queries.filter((query) => !isOfTrouble(query)),
      ),
    ).toEqual([]);
    const failing = queries.find((query) => query.includes('avg_over_time(flower_events_total')) ?? '';
    expect((await prometheus.instant(failing)).map(({ labels, samples }) => [labels['task'], samples[0]?.[1]])).toEqual(
      [['truth.fail', 100]],
    );
    const counted = (type: string, task: string): Promise<number | undefined> =>
      prometheus.value(`flower_events_total{worker="w1@box",type="${type}",task="${task}"}`);
    expect(await counted('task-failed', 'truth.fail')).toBe(6);
    expect(await counted('task-retried', 'truth.retry_then_ok')).toBe(2);
    expect(await prometheus.value('flower_task_runtime_seconds_count{worker="w1@box",task="truth.ok"}')).toBe(10);
    expect(await prometheus.value('flower_task_runtime_seconds_bucket{task="truth.sleep",le="60.0"}')).toBe(2);
    expect(await prometheus.value('count(flower_task_runtime_seconds_bucket{task="truth.sleep"})')).toBe(4);
    // Ours stand beside theirs.
    expect(await prometheus.value('celery_tasks_total{job="flower",name="truth.ok",state="succeeded"}')).toBe(10);
  });

  it("OvalMoney's dashboard finds what it asks for, under the names that both have too", async () => {
    const queries = queriesOf('ovalmoney');
    expect(queries).toHaveLength(9);
    expect(await unanswered(prometheus, queries)).toEqual([]);
    const tasks = (state: string, name: string): Promise<number | undefined> =>
      prometheus.value(
        `celery_tasks_total{job="celery",namespace="shop",name="${name}",state="${state}",queue="celery"}`,
      );
    expect(await tasks('PENDING', 'truth.ok')).toBe(10);
    expect(await tasks('SUCCESS', 'truth.ok')).toBe(10);
    expect(await tasks('FAILURE', 'truth.fail')).toBe(6);
    expect(await tasks('RETRY', 'truth.retry_then_ok')).toBe(2);
    expect(await tasks('FAILURE', 'truth.ok')).toBe(0);
    expect(await prometheus.labelValues('celery_tasks_total{job="celery"}', 'state')).not.toContain('succeeded');
    expect(await prometheus.value('celery_workers{job="celery",namespace="shop"}')).toBe(1);
    expect(await prometheus.value('celery_tasks_latency_seconds_count{name="truth.ok",queue="celery"}')).toBe(10);
    expect(await prometheus.value('celery_tasks_runtime_seconds_bucket{name="truth.sleep",le="2.5"}')).toBe(0);
    expect(await prometheus.value('celery_worker_up{job="celery"}')).toBe(1);
  });

  it('both answer where theirs did, and tell a dead worker, which theirs never do', async () => {
    for (const path of ['/healthcheck', '/flower/healthcheck'])
      expect(await (await fetch(`${flower.url}${path}`)).text()).toBe('OK');
    await worker.kill();
    await waitFor(async () => (await prometheus.value('flower_worker_online == 0')) === 0, {
      within: 40_000,
      what: 'the worker to be offline in the words of Flower',
    });
    expect(await prometheus.value('flower_worker_number_of_currently_executing_tasks')).toBe(0);
    await waitFor(async () => (await prometheus.value('celery_workers{job="celery"}')) === 0, {
      within: 20_000,
      what: 'no worker to be there in the words of OvalMoney',
    });
  });
});

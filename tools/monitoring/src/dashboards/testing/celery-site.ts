// A small Celery site at work, with a bit of everything that dashboards show: ends of every kind, a backlog, a hung
// task, a killed worker, a relay.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Prometheus, runCommand, type Testbed } from '@celery-watch/testbed';
import { stringify } from 'yaml';
import { readRuleFile } from '../alert-thresholds.js';
import { startRelay } from './relay.js';

const QUICK = [
  '--queue-poll-interval=1s',
  '--worker-poll-interval=5s',
  '--lost-after=2s',
  '--min-worker-silence=3s',
  '--max-exceptions=1',
];

export interface CelerySite {
  readonly prometheus: Prometheus;
  /** Another Prometheus, which makes native histograms of the classic ones; undefined where it is too old for that. */
  readonly converting: Prometheus | undefined;
}

/** Starts everything, and keeps sending tasks until the signal aborts. */
export async function startCelerySite(bed: Testbed, signal: AbortSignal): Promise<CelerySite> {
  const redis = await bed.redis();
  const exporter = await bed.exporter({ args: [`--broker-url=${redis.url}`, ...QUICK] });
  const relay = await startRelay(bed, `${exporter.url}/no-such-address`);
  const prometheus = await startPrometheus(bed, exporter.url, relay.url);
  const converting = (await knowsConversion(bed))
    ? await startPrometheus(bed, exporter.url, relay.url, { convert_classic_histograms_to_nhcb: true })
    : undefined;
  const [client, doomed] = await Promise.all([
    bed.client({ broker: redis, sendSentEvent: true }),
    bed.worker({ broker: redis, name: 'doomed', queues: ['bulk'], concurrency: 1 }),
    bed.worker({ broker: redis, name: 'steady', queues: ['celery', 'mail'], concurrency: 3, sendSentEvent: true }),
  ]);
  await exporter.until(
    'the exporter to know the consumers of all queues',
    (page) => page.sum('celery_queue_consumers') >= 3,
    60_000,
  );

  await client.send([
    { name: 'truth.sleep', args: [600], queue: 'mail' },
    { name: 'truth.sleep', args: [600], queue: 'bulk' },
    { name: 'truth.ok', queue: 'bulk', count: 12 },
  ]);
  await exporter.until(
    'the task that will be lost',
    (page) => page.value('celery_tasks_running', { name: 'truth.sleep', queue: 'bulk' }) === 1,
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
  return { prometheus, converting };
}

/** A real Prometheus that scrapes both each second, with the rule file that ships, its intervals shortened. */
function startPrometheus(
  bed: Testbed,
  exporterUrl: string,
  relayUrl: string,
  conversion: object = {},
): Promise<Prometheus> {
  const job = (name: string, url: string, component: string, instance: string) => ({
    job_name: name,
    static_configs: [{ targets: [new URL(url).host], labels: { component, instance } }],
  });
  return bed.prometheus({
    config: stringify({
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s', ...conversion },
      rule_files: ['rules.yml'],
      scrape_configs: [
        job('celery', exporterUrl, 'task-queue', 'celery-exporter'),
        job('alert-relay', relayUrl, 'alert-relay', 'alert-relay'),
      ],
    }),
    folder: join(bed.folder, ['prometheus', ...Object.keys(conversion)].join('-')),
    files: { 'rules.yml': stringify(shortened()) },
  });
}

/** Whether the Prometheus on the PATH can make native histograms of classic ones: only from 3.4 on. */
async function knowsConversion(bed: Testbed): Promise<boolean> {
  const file = join(bed.folder, 'converts.yml');
  await writeFile(file, 'global: { convert_classic_histograms_to_nhcb: true }\n');
  return runCommand('promtool', ['check', 'config', file]).then(
    () => true,
    () => false,
  );
}

/** The same rules, evaluated each second, and alerts that do not wait. */
function shortened(): unknown {
  const file = readRuleFile();
  return {
    groups: file.groups.map((group) => ({
      ...group,
      interval: '1s',
      rules: group.rules.map((rule) => (rule.alert === undefined ? rule : { ...rule, for: '0s' })),
    })),
  };
}

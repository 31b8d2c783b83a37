// Tests of the checks over guides.
import { metric } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { CATALOGUE, known } from '../testing-rules.js';
import { checkAlertGuide, checkGuide, checkMetricsAreTold } from './guides.js';

function find(text: string): string[] {
  return checkGuide('a.md', text, known(), CATALOGUE).map(({ line, text: problem }) => `${String(line)}: ${problem}`);
}

describe('a guide', () => {
  it('may name metrics in every way that is right', () => {
    const text = [
      'See `celery_workers`, `celery_task_duration_seconds`, `celery_tasks_total{name,queue,state}`, `celery_worker_*`, `celery_exporter_…`,',
      '`celery_queue_length{queue="fast"} > 5`, `rate(celery_tasks_total[5m])`, `celery:queue_length`, `celery_broker_up 0`, ``celery_worker``,',
      '`monitoring/celery_exporter.yml`, `celery_exporter.yml`, `celery-exporter --port=1`, `docker logs celery_exporter`, <code>celery_task_sent_total</code>,',
      '`HighCeleryQueueLength`, `up{job="celery"} == 0`.',
      '```promql',
      '# Failures by name',
      'sum by (name) (rate(celery_tasks_total{state="failed"}[5m]))',
      '',
      'celery_workers',
      'celery_queue_length',
      '```',
      '```console',
      '$ echo celery_nothing',
      '```',
    ].join('\n');
    expect(find(text)).toEqual([]);
  });

  it.each([
    [
      'a name',
      'Look at\n`celery_queue_size`',
      "2: there is no metric celery_queue_size (a name that is another project's is written <code>celery_queue_size</code>)",
    ],
    ['a label in braces', '`celery_queue_length{name}`', '1: celery_queue_length has no label name'],
    ['a label that is matched', '`celery_queue_length{name="a"}`', '1: celery_queue_length has no label name'],
    ['a beginning', '`celery_queued_*`', '1: no metric begins with celery_queued_'],
    ['a query in a line', '`sum(rate(celery_tasks_sum[5m]))`', '1: there is no metric celery_tasks_sum'],
    ["the relay's name", '`alert_relay_sent_total`', '1: there is no metric alert_relay_sent_total'],
    ['a line of /metrics', '`celery_broker_down 0`', '1: there is no metric celery_broker_down'],
    ['an alert', '`CeleryQueueTooLong`', '1: CeleryQueueTooLong is not in the alert catalogue'],
    [
      'one of two queries in a fence',
      'Text\n```promql\ncelery_workers\n\nsum by (worker) (\n  celery_queue_length)\n```',
      '5: by (worker): what is there has the labels broker, cluster, component, instance, job, namespace, pod, queue',
    ],
    ['a fence that is no PromQL', '```promql\nsum(\n```', '2: no PromQL: cannot be read from "the end" on'],
  ])('that is wrong about %s', (_, text, problem) => {
    expect(find(text)).toEqual([problem]);
  });
});

describe('the alert guide', () => {
  const check = (text: string | undefined): string[] =>
    checkAlertGuide('g.md', text, CATALOGUE).map((problem) => problem.text);

  it('has a section for each alert, beside others', () => {
    expect(
      check('# Alerts\n## AlertManager\n## Queues\n### HighCeleryQueueLength\n```sh\n# CeleryNoSuchAlert\n```\n'),
    ).toEqual([]);
  });

  it.each([
    ['that is missing', undefined, 'is missing: the guide that tells what to do for each alert'],
    [
      'without a section',
      '## HighCeleryQueueLength is long\n',
      'has no section whose heading is HighCeleryQueueLength',
    ],
    [
      'with a section too many',
      '## HighCeleryQueueLength\n## CeleryQueueTooLong\n',
      'a section for CeleryQueueTooLong, which is not in the alert catalogue',
    ],
    [
      'with a section twice',
      '## HighCeleryQueueLength\n## HighCeleryQueueLength\n',
      'a second section for HighCeleryQueueLength',
    ],
  ])('%s', (_, text, problem) => {
    expect(check(text)).toEqual([problem]);
  });
});

describe('each metric', () => {
  const catalogue = [
    metric('counter', 'celery_tasks_total', 'x', []),
    metric('histogram', 'celery_lag_seconds', 'x', []),
  ];
  const find = (en: string, zh: string): string[] =>
    checkMetricsAreTold(
      [
        { file: 'docs/A.md', text: en },
        { file: 'docs/A.zh-CN.md', text: zh },
      ],
      catalogue,
    ).map(({ file, text }) => `${file.slice(file.lastIndexOf('/') + 1)}: ${text.slice(text.lastIndexOf(' ') + 1)}`);

  it('stands in a guide of each language', () => {
    const text = 'rate(celery_tasks_total[5m]) and `celery_lag_seconds_bucket`';
    expect(find(text, text)).toEqual([]);
    expect(find(text, 'celery_tasks_total_more celery_lag_seconds')).toEqual([
      'CELERY_MONITORING_GUIDE.zh-CN.md: celery_tasks_total',
    ]);
    expect(find('', text)).toEqual([
      'CELERY_MONITORING_GUIDE.md: celery_tasks_total',
      'CELERY_MONITORING_GUIDE.md: celery_lag_seconds',
    ]);
  });
});

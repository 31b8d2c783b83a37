// Tests of the reading of PromQL with labels in place of values.
import { describe, expect, it } from '@jest/globals';
import { TARGET_LABELS } from '../known-metrics.js';
import { known } from '../testing-rules.js';
import { inspectPromql } from './inspect.js';
import { isKnown } from './labels.js';

const metrics = known();

function labels(expr: string): readonly string[] | string {
  const { labels: found, problems } = inspectPromql(expr, metrics);
  expect(problems).toEqual([]);
  return isKnown(found) ? [...found].sort() : found;
}

function problems(expr: string): string[] {
  return inspectPromql(expr, metrics).problems.map(({ text }) => text);
}

/** What a metric of one broker has beside its own labels. */
const TARGET = [...TARGET_LABELS, 'broker'].toSorted();

describe('the labels of a result', () => {
  it.each([
    ['celery_workers', [...TARGET]],
    ['celery_tasks_total', [...TARGET, 'name', 'queue', 'state']],
    ['celery_task_duration_seconds_bucket', [...TARGET, 'le', 'name', 'queue']],
    ['celery_exporter_build_info', [...TARGET_LABELS, 'version', 'node_version']],
    ['alert_relay_dead_letters', [...TARGET_LABELS, 'channel']],
    ['sum by (job, name) (rate(celery_tasks_total[5m]))', ['job', 'name']],
    ['sum(rate(celery_tasks_total{state=~"succeeded|failed"}[5m])) by (state)', ['state']],
    [
      'sum without (name, queue, instance, component) (celery_tasks_total)',
      ['broker', 'cluster', 'job', 'namespace', 'pod', 'state'],
    ],
    ['sum(celery_workers)', []],
    ['topk(5, sum by (queue) (celery_queue_length))', ['queue']],
    ['count_values("length", celery:queue_length)', ['length']],
    ['histogram_quantile(0.95, sum by (le, queue) (rate(celery_task_queue_wait_seconds_bucket[5m])))', ['queue']],
    [
      'sum by (queue) (rate(celery_task_queue_wait_seconds_sum[5m]) or histogram_sum(rate(celery_task_queue_wait_seconds[5m])))',
      ['queue'],
    ],
    [
      'histogram_quantile(0.5, sum by (queue, le) (rate(celery_task_queue_wait_seconds_bucket[5m]))) or ' +
        'histogram_quantile(0.5, sum by (queue) (rate(celery_task_queue_wait_seconds[5m])))',
      ['queue'],
    ],
    ['sum by (job) (celery_workers) / on (job) group_left (queue) celery:queue_length', ['job', 'queue']],
    ['celery:queue_length * on (job) group_left () sum by (job) (celery_workers)', ['job', 'queue']],
    ['celery_queue_length - on (queue) celery_queue_consumers', ['queue']],
    [
      'celery_queue_length - ignoring (component) celery_queue_consumers',
      [...TARGET.filter((label) => label !== 'component'), 'queue'],
    ],
    ['celery:queue_length and on (job) celery_workers', ['job', 'queue']],
    ['sum by (queue) (celery_queue_length) or sum by (job) (celery_workers)', ['job', 'queue']],
    ['absent(up{job="celery"})', ['job']],
    ['label_replace(sum by (queue) (celery_queue_length), "kind", "$1", "queue", "(.*)_.*")', ['kind', 'queue']],
    ['-(celery:queue_length offset 1d) > bool 5', ['job', 'queue']],
    ['max_over_time(celery:queue_length[1h:1m] @ end())', ['job', 'queue']],
    ['vector(1)', []],
    ['celery:threshold:queue_length{queue=""}', []],
    ['time() - 5', 'none'],
    ['scalar(sum(celery_workers))', 'none'],
    ['process_cpu_seconds_total', 'any'],
    [
      'ALERTS{alertname="HighCeleryQueueLength", alertstate="firing"}',
      ['alertname', 'alertstate', 'component', 'job', 'queue', 'severity'],
    ],
  ])('%s', (expr, expected) => {
    expect(labels(expr)).toEqual(typeof expected === 'string' ? expected : expected.toSorted());
  });
});

describe('what cannot work', () => {
  it.each([
    ['a metric that is not there', 'sum(celery_task_total)', ['there is no metric celery_task_total']],
    [
      'a histogram without an ending',
      'rate(celery_task_duration_seconds[5m])',
      ['there is no metric celery_task_duration_seconds: a histogram has series that end in _bucket, _sum and _count'],
    ],
    [
      'a matcher on a label that it has not',
      'celery_queue_length{worker="a"}',
      ['celery_queue_length has no label worker'],
    ],
    [
      'a state that there is not',
      'celery_tasks_total{state="success"}',
      [expect.stringMatching(/^state of celery_tasks_total is never "success", but one of sent, /)],
    ],
    [
      'one of several states that there is not',
      'celery_tasks_total{state=~"failed|errored"}',
      [expect.stringContaining('never "errored"')],
    ],
    [
      'a pattern that no state matches',
      'celery_tasks_total{state=~"fails?"}',
      ['no state of celery_tasks_total matches "fails?"'],
    ],
    [
      'grouping by a label that is gone',
      'sum by (worker) (celery_queue_length)',
      [expect.stringContaining('by (worker)')],
    ],
    [
      'grouping twice, the second time by what the first dropped',
      'max by (queue) (sum by (job) (celery_queue_length))',
      [expect.stringContaining('what is there has the labels job')],
    ],
    [
      'a quotient of sums by other labels',
      'sum by (job) (celery_workers) / sum by (job, queue) (celery_queue_length)',
      [
        expect.stringContaining(
          'no pair of series can match: the labels are job on the left and job, queue on the right',
        ),
      ],
    ],
    [
      'metrics that have other labels',
      'celery_queue_length > celery_workers',
      [expect.stringContaining('no pair of series can match')],
    ],
    [
      'matching on a label that one side has not',
      'celery_queue_length and on (worker) celery_worker_up',
      [expect.stringContaining('on (worker)')],
    ],
    [
      'a quantile without le',
      'histogram_quantile(0.95, sum by (queue) (rate(celery_task_queue_wait_seconds_bucket[5m])))',
      [expect.stringContaining('needs the label le')],
    ],
    ['a rate of a gauge', 'rate(celery_queue_length[5m])', [expect.stringContaining('is a gauge')]],
    ['a selector of everything', '{job="celery"}', [expect.stringContaining('without a metric name')]],
    ['a name given as a label', '{__name__="celery_task_total"}', ['there is no metric celery_task_total']],
    ['broken syntax', 'sum by (job (celery_workers)', [expect.stringMatching(/^no PromQL: cannot be read from /)]],
    ['nothing at all', '  ', [expect.stringMatching(/^no PromQL/)]],
  ])('%s', (_, expr, expected) => {
    expect(problems(expr)).toEqual(expected);
  });

  it('is told all at once, each at its place', () => {
    const expr = 'celery_nothing{a="b"} + on (job) celery_queue_length{worker="x"}';
    expect(inspectPromql(expr, metrics).problems.map(({ at }) => expr.slice(at, at + 8))).toEqual([
      'celery_n',
      'worker="',
    ]);
  });
});

describe('recordings', () => {
  it('may refer to themselves and to each other', () => {
    const self = known(`groups: [{ name: g, rules: [
      { record: "celery:kept", expr: "max by (job) (celery_workers) or last_over_time(celery:kept[1h])" },
      { record: "celery:one", expr: "celery:other" }, { record: "celery:other", expr: "celery:one or sum by (queue) (celery_queue_length)" }] }]`);
    expect(inspectPromql('celery:kept', self)).toMatchObject({ labels: new Set(['job']), problems: [] });
    expect(inspectPromql('celery:one{state="x"}', self).problems.map(({ text }) => text)).toEqual([
      'celery:one has no label state',
    ]);
  });

  it('have the values that their parts can have', () => {
    const rates = known(
      'groups: [{ name: g, rules: [{ record: "celery:tasks:rate5m", expr: "sum by (state) (rate(celery_tasks_total[5m]))" }] }]',
    );
    expect(inspectPromql('celery:tasks:rate5m{state="retry"}', rates).problems).toHaveLength(1);
  });
});

// Tests of the check over rule tests.
import { describe, expect, it } from '@jest/globals';
import { readRuleTests } from '../sources/rule-tests.js';
import { YamlFile } from '../sources/yaml-file.js';
import { CATALOGUE, known } from '../testing-rules.js';
import { checkRuleTests } from './rule-tests.js';

const TESTS = `evaluation_interval: 30s
group_eval_order: [celery_thresholds, celery_alerts]
tests:
  - name: fires and resolves
    input_series:
      - { series: 'celery_queue_length{job="celery", queue="fast"}', values: '0x10' }
    alert_rule_test:
      - { alertname: HighCeleryQueueLength, eval_time: 5m }
      - { alertname: HighCeleryQueueLength, eval_time: 5m30s, exp_alerts: [{ exp_labels: { queue: fast } }] }
      - { alertname: HighCeleryQueueLength, eval_time: 10m }
  - name: is silent
    input_series: []
    promql_expr_test:
      - { expr: 'count_over_time(ALERTS{alertname=~"Other|HighCeleryQueueLength", alertstate="firing"}[1h])', eval_time: 10m }
  - name: something recorded
    input_series: []
    promql_expr_test:
      - { expr: 'celery:queue_length', eval_time: 1m, exp_samples: [{ labels: 'celery:queue_length{queue="fast"}', value: 1 }] }
`;

function find(text: string): { readonly line: number | undefined; readonly text: string }[] {
  const tests = readRuleTests(new YamlFile('tests/a.yml', text));
  return checkRuleTests([tests], 'tests', ['celery_thresholds', 'celery_alerts'], known(), CATALOGUE).map(
    ({ line, text: problem }) => ({ line, text: problem }),
  );
}

describe('rule tests', () => {
  it('that show an alert fire, wait, resolve and stay silent have no problem', () => {
    expect(find(TESTS)).toEqual([]);
  });

  it.each([
    [
      'an alert without a test',
      / {2}- name: fires[^]*?(?= {2}- name: is)/,
      '',
      undefined,
      'no rule test in which it fires',
    ],
    [
      'no look one evaluation before',
      'eval_time: 5m }',
      'eval_time: 4m }',
      undefined,
      'no rule test in which it is silent one evaluation before it fires',
    ],
    ['no end', /.*eval_time: 10m }\n/, '', undefined, 'no rule test in which it resolves'],
    [
      'no case just short of it',
      'alertname=~"Other|HighCeleryQueueLength"',
      'alertname="Other"',
      undefined,
      'no rule test of a case just short of its threshold, in which it is silent throughout',
    ],
    [
      'an alert that is not catalogued',
      'alertname: HighCeleryQueueLength, eval_time: 10m',
      'alertname: LongQueue, eval_time: 10m',
      10,
      'LongQueue is not in the alert catalogue',
    ],
    [
      'a series of an unknown metric',
      'celery_queue_length{job',
      'celery_queue_size{job',
      6,
      'there is no metric celery_queue_size',
    ],
    [
      'a series with a label that its metric has not',
      'queue="fast"}\', values',
      'worker="fast"}\', values',
      6,
      'celery_queue_length has no label worker',
    ],
    [
      'a query with an unknown metric',
      "'celery:queue_length'",
      "'celery:queue_size'",
      18,
      'there is no metric celery:queue_size',
    ],
    [
      'a sample that cannot be',
      "labels: 'celery:queue_length{queue",
      "labels: 'celery:queue_length{name",
      18,
      'celery:queue_length has no label name',
    ],
    ['groups in any order', /group_eval_order.*\n/, '', undefined, expect.stringContaining('group_eval_order')],
  ])('with %s', (_, text, replacement, line, problem) => {
    const broken = TESTS.replace(text, replacement);
    expect(broken).not.toBe(TESTS);
    expect(find(broken)).toContainEqual({ line, text: problem });
  });
});

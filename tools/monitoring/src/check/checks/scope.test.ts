// Tests of the check that one broker is the same in rules and in AlertManager.
import { describe, expect, it } from '@jest/globals';
import { YamlFile } from '../sources/yaml-file.js';
import { KnownMetrics } from '../known-metrics.js';
import { rulesOf } from '../testing-rules.js';
import { checkAlertmanagerScope, checkScope, readScope } from './scope.js';

const SCOPE = ['cluster', 'namespace', 'job', 'broker'];
const metrics = new KnownMetrics([], undefined, SCOPE);
const find = (expr: string): string[] =>
  checkScope(
    rulesOf(`groups:\n  - name: g\n    rules:\n      - record: a:b\n        expr: ${expr}\n`),
    SCOPE,
    metrics,
  ).map(
    ({ line, text }) =>
      `${String(line)} ${text.replace(/ does not begin with the labels of one broker,| ?…\).*/g, '')}`,
  );

describe('the labels of one broker', () => {
  it('stand at the head of the rule file', () => {
    expect(readScope('# a word\n# SCOPE: environment, job\ngroups: []\n')).toEqual(['environment', 'job']);
    expect(checkScope(rulesOf('groups: []\n'), readScope('groups: []\n'), metrics).map(({ text }) => text)).toEqual([
      'names no labels of one broker: # SCOPE: cluster, namespace, job, broker',
    ]);
  });

  it.each([
    ['max by (cluster, namespace, job, broker) (celery_workers)'],
    ['celery_queue_length and on (cluster, namespace, job, broker, instance) celery_broker_up == 1'],
    // What is of a process has no name of a broker.
    ['max by (cluster, namespace, job, instance) (up)'],
    ['celery_tasks_total unless celery_tasks_total offset 5m and on (cluster, namespace, job, instance) up == 1'],
    ['celery_tasks_total and on (cluster, namespace, job, instance) celery_exporter_build_info'],
    ['celery_tasks_total and on (cluster, namespace, job, instance) process_start_time_seconds > 0'],
    ['max by (cluster, namespace, job, channel) (alert_relay_dead_letters)'],
  ])('may be used so: %s', (expr) => {
    expect(find(expr)).toEqual([]);
  });

  it('are not what a threshold has', () => {
    const rules = rulesOf(
      'groups:\n  - name: g\n    rules:\n' +
        '      - { record: "celery:threshold:most", expr: "1", labels: { queue: bulk } }\n' +
        '      - { record: a, expr: \'celery_queue_length > on (queue) group_left () celery:threshold:most{queue!=""}\' }\n' +
        '      - { record: b, expr: \'celery_queue_length unless on (queue) celery:threshold:most{queue!=""}\' }\n',
    );
    expect(checkScope(rules, SCOPE, new KnownMetrics(rules.rules, undefined, SCOPE))).toEqual([]);
  });

  it.each([
    [
      'max by (job, broker, queue) (celery_queue_length)',
      ['5 by (job, broker, queue) by (cluster, namespace, job, broker'],
    ],
    [
      'max by (namespace, cluster, job, broker) (celery_workers)',
      ['5 by (namespace, cluster, job, broker) by (cluster, namespace, job, broker'],
    ],
    [
      'max by (cluster, namespace, job, queue) (celery_queue_length)',
      ['5 by (cluster, namespace, job, queue) by (cluster, namespace, job, broker'],
    ],
    [
      'celery_queue_length and on (cluster, namespace, job, instance) celery_broker_up == 1',
      ['5 on (cluster, namespace, job, instance) on (cluster, namespace, job, broker'],
    ],
    ['celery_tasks_total and on (job, instance) up', ['5 on (job, instance) on (cluster, namespace, job']],
    ['sum without (instance) (celery_workers)', ['5 without (instance) by (cluster, namespace, job, broker']],
    [
      'celery_tasks_total / ignoring (state) celery_tasks_total',
      ['5 ignoring (state) by (cluster, namespace, job, broker'],
    ],
  ])('may not be left out: %s', (expr, expected) => {
    expect(find(expr)).toEqual(expected);
  });

  it('have in an alert of one broker the name of that broker in both languages', () => {
    const unsaid = (expr: string, summary: string): string[] =>
      checkScope(
        rulesOf(
          `groups:\n  - name: g\n    rules:\n      - alert: A\n        expr: ${expr}\n        annotations:\n` +
            `          summary: '${summary}'\n          summary_zh: '{{ $labels.broker }}'\n`,
        ),
        SCOPE,
        metrics,
      ).map(({ line, text }) => `${String(line)} ${text}`);
    expect(unsaid('celery_broker_up == 0', 'The broker is away')).toEqual([
      '7 summary does not name the broker: {{ with $labels.broker }} on broker {{ . }}{{ end }}',
    ]);
    expect(unsaid('celery_broker_up == 0', 'Broker {{ $labels.broker }} is away')).toEqual([]);
    expect(unsaid('up == 0', 'It is away')).toEqual([]);
  });

  it('are what AlertManager groups and inhibits by', () => {
    const text =
      'route:\n  group_by: [alertname, job]\ninhibit_rules:\n  - source_matchers: [a="b"]\n    equal: [component]\n';
    const problems = (of: string): string[] =>
      checkAlertmanagerScope(new YamlFile('alertmanager.yml', of), SCOPE).map(
        ({ line, text: said }) => `${String(line)}: ${said}`,
      );
    expect(problems(text)).toEqual([
      '2: alerts are grouped without cluster and namespace and broker, which the rules tell brokers apart by',
      '5: an alert holds back others without cluster and namespace and job and broker, which the rules tell brokers apart by',
    ]);
    const whole = text
      .replace('job]', 'cluster, namespace, job, broker]')
      .replace('[component', '[cluster, namespace, job, broker');
    expect(problems(whole)).toEqual([]);
    // An alert that speaks of a whole exporter, and so has no broker, may hold back what is said of any of its brokers.
    const ofExporter = whole.replace('[a="b"]', `['a="b"', 'broker=""']`);
    expect(problems(ofExporter.replace(/(equal: .*), broker/, '$1'))).toEqual([]);
    expect(problems(whole.replace(/(equal: .*), broker/, '$1'))).toHaveLength(1);
  });
});

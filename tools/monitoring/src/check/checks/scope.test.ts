// Tests of the check that one broker is the same in rules and in AlertManager.
import { describe, expect, it } from '@jest/globals';
import { YamlFile } from '../sources/yaml-file.js';
import { rulesOf } from '../testing-rules.js';
import { checkAlertmanagerScope, checkScope, readScope } from './scope.js';

const SCOPE = ['cluster', 'namespace', 'job'];
const find = (expr: string): string[] =>
  checkScope(rulesOf(`groups:\n  - name: g\n    rules:\n      - record: a:b\n        expr: ${expr}\n`), SCOPE).map(
    ({ line, text }) => `${String(line)} ${text.replace(/ does not begin.*/, '')}`,
  );

describe('the labels of one broker', () => {
  it('stand at the head of the rule file', () => {
    expect(readScope('# a word\n# SCOPE: environment, job\ngroups: []\n')).toEqual(['environment', 'job']);
    expect(checkScope(rulesOf('groups: []\n'), readScope('groups: []\n')).map(({ text }) => text)).toEqual([
      'names no labels of one broker: # SCOPE: cluster, namespace, job',
    ]);
  });

  it.each([
    ['max by (cluster, namespace, job) (x)'],
    ['max by (cluster, namespace, job, queue) (x) and on (cluster, namespace, job, instance) y'],
    ['x > on (queue) group_left () celery:threshold:queue_length{queue!=""}'],
    ['x unless on (queue) celery:threshold:queue_length{queue!=""}'],
  ])('may be used so: %s', (expr) => {
    expect(find(expr)).toEqual([]);
  });

  it.each([
    ['max by (job, queue) (x)', ['5 by (job, queue)']],
    ['max by (namespace, cluster, job) (x)', ['5 by (namespace, cluster, job)']],
    ['max by (cluster, namespace, job) (x) and on (job) max by (cluster, namespace, job) (y)', ['5 on (job)']],
    ['x and on (queue) y', ['5 on (queue)']],
    ['sum without (instance) (x)', ['5 without (instance)']],
    ['x / ignoring (state) y', ['5 ignoring (state)']],
  ])('may not be left out: %s', (expr, expected) => {
    expect(find(expr)).toEqual(expected);
  });

  it('are what AlertManager groups and inhibits by', () => {
    const text =
      'route:\n  group_by: [alertname, job]\ninhibit_rules:\n  - source_matchers: [a="b"]\n    equal: [component]\n';
    const problems = (of: string): string[] =>
      checkAlertmanagerScope(new YamlFile('alertmanager.yml', of), SCOPE).map(
        ({ line, text: said }) => `${String(line)}: ${said}`,
      );
    expect(problems(text)).toEqual([
      '2: alerts are grouped without cluster and namespace, which the rules tell brokers apart by',
      '5: an alert holds back others without cluster and namespace and job, which the rules tell brokers apart by',
    ]);
    expect(
      problems(text.replace('job]', 'cluster, namespace, job]').replace('[component', '[cluster, namespace, job')),
    ).toEqual([]);
  });
});

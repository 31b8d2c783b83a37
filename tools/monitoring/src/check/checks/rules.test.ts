// Tests of the checks over rules: each breaks one thing in a rule file that is right.
import { describe, expect, it } from '@jest/globals';
import { KnownMetrics } from '../known-metrics.js';
import { brokenRules, CATALOGUE, RULES, rulesOf } from '../testing-rules.js';
import { checkAlerts } from './alerts.js';
import { checkRules } from './rules.js';
import { checkThresholds } from './thresholds.js';

function find(file: ReturnType<typeof rulesOf>): { readonly line: number | undefined; readonly text: string }[] {
  const problems = [
    ...checkAlerts(file, CATALOGUE),
    ...checkRules(file.rules, new KnownMetrics(file.rules)),
    ...checkThresholds(file.rules),
  ];
  return problems.map(({ line, text }) => ({ line, text }));
}

describe('a rule file', () => {
  it('that is right has no problem', () => {
    expect(find(rulesOf(RULES))).toEqual([]);
  });

  it.each([
    [
      'an unknown metric',
      'max by (job, queue) (celery_queue_length)',
      'max by (job, queue) (celery_queue_size)',
      8,
      'there is no metric celery_queue_size',
    ],
    [
      'a problem on a later line of an expression',
      '(celery:queue_length unless',
      '(celery:queue_size unless',
      13,
      'there is no metric celery:queue_size',
    ],
    [
      'a label that the alert has not',
      '$labels.queue }} is too',
      '$labels.name }} is too',
      18,
      'the alert has no label name, but component, job, queue, severity',
    ],
    [
      'another severity',
      'severity: warning',
      'severity: critical',
      16,
      'severity is critical, and warning in the alert catalogue',
    ],
    ['another component', 'component: celery }', 'component: relay }', 16, 'component is relay, want celery'],
    ['no severity', 'severity: warning, ', '', 16, 'severity is missing, and warning in the alert catalogue'],
    ['no wait', '        for: 5m\n', '', 9, 'does not say for how long its condition must hold (for)'],
    [
      'no description',
      "description: '{{ $value }} messages are waiting in it.'",
      'description: ""',
      19,
      'description is missing',
    ],
    [
      'English in place of Chinese',
      '队列 {{ $labels.queue }} 过长',
      'Queue {{ $labels.queue }}',
      20,
      'summary_zh is in the wrong language',
    ],
    [
      'another anchor',
      '#highceleryqueuelength',
      '#queue-length',
      22,
      'runbook_url is docs/monitoring/ALERT_HANDLING_GUIDE.md#queue-length, want docs/monitoring/ALERT_HANDLING_GUIDE.md#highceleryqueuelength',
    ],
  ])('with %s is told so, with its line', (_, text, replacement, line, problem) => {
    expect(find(brokenRules(text, replacement))).toContainEqual({ line, text: problem });
  });

  it('with an alert that is not catalogued, and without one that is', () => {
    expect(find(brokenRules('alert: HighCeleryQueueLength', 'alert: LongQueue')).map(({ text }) => text)).toEqual([
      'is not in the alert catalogue',
      'a catalogued alert without a rule',
    ]);
  });

  it('with two rules for one alert', () => {
    const alert = RULES.slice(RULES.indexOf('      - alert:'));
    expect(find(rulesOf(RULES + alert)).map(({ text }) => text)).toContain('has more than one rule');
  });
});

describe('thresholds', () => {
  const line = '      - { record: "celery:threshold:queue_length", expr: "100" }\n';

  it('may have a line of their own for one queue', () => {
    expect(
      find(
        brokenRules(
          line,
          `${line}      - { record: "celery:threshold:queue_length", expr: "5000", labels: { queue: bulk } }\n`,
        ),
      ),
    ).toEqual([]);
  });

  it.each([
    [
      'a label that no rule looks for',
      line,
      `${line}      - { record: "celery:threshold:queue_length", expr: "5", labels: { name: a } }\n`,
      'no rule looks for this threshold by name',
    ],
    ['the same line twice', line, line + line, 'stands there twice'],
    ['an expression', 'expr: "100"', 'expr: "10 * 10"', 'a threshold is a plain number'],
    ['no line without labels', 'expr: "100" }', 'expr: "100", labels: { queue: bulk } }', 'has no line without labels'],
    [
      'a line that nobody reads',
      line,
      `${line}      - { record: "celery:threshold:age", expr: "5" }\n`,
      'no rule reads this threshold',
    ],
    [
      'a rule that overrides would silence',
      'scalar(celery:threshold:queue_length{queue=""})',
      'scalar(celery:threshold:queue_length)',
      'a threshold for one queue would silence this rule',
    ],
  ])('with %s', (_, text, replacement, problem) => {
    expect(find(brokenRules(text, replacement)).map((each) => each.text)).toContainEqual(
      expect.stringContaining(problem),
    );
  });
});

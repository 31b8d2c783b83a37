// A small rule file for tests, read as the real one is.
import type { AlertEntry } from '@celery-watch/celery-protocol';
import { KnownMetrics } from './known-metrics.js';
import { readRuleFile, type RuleFile } from './sources/rule-file.js';
import { YamlFile } from './sources/yaml-file.js';

export const CATALOGUE: readonly AlertEntry[] = [
  { name: 'HighCeleryQueueLength', severity: 'warning', subject: 'queues' },
];

/** Everything is right in it; a test breaks one thing by replacing a text. */
export const RULES = `groups:
  - name: celery_thresholds
    rules:
      - { record: "celery:threshold:queue_length", expr: "100" }
  - name: celery_alerts
    rules:
      - record: celery:queue_length
        expr: max by (job, queue) (celery_queue_length)
      - alert: HighCeleryQueueLength
        expr: |
          celery:queue_length > on (queue) group_left () celery:threshold:queue_length{queue!=""}
          or
          (celery:queue_length unless on (queue) celery:threshold:queue_length{queue!=""})
            > scalar(celery:threshold:queue_length{queue=""})
        for: 5m
        labels: { severity: warning, component: celery }
        annotations:
          summary: 'Queue {{ $labels.queue }} is too long'
          description: '{{ $value }} messages are waiting in it.'
          summary_zh: '队列 {{ $labels.queue }} 过长'
          description_zh: '队列中有 {{ $value }} 条消息。'
          runbook_url: docs/monitoring/ALERT_HANDLING_GUIDE.md#highceleryqueuelength
`;

/** The rule file with one text replaced, which must be there. */
export function brokenRules(text: string, replacement: string): RuleFile {
  if (!RULES.includes(text)) throw new Error(`not in the rules: ${text}`);
  return rulesOf(RULES.replace(text, () => replacement));
}

export function rulesOf(text: string): RuleFile {
  return readRuleFile(new YamlFile('rules.yml', text));
}

export function known(rules: string = RULES): KnownMetrics {
  return new KnownMetrics(rulesOf(rules).rules);
}

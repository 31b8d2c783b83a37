// Holds the rules against the alert catalogue: each catalogued alert has one rule, with everything that people need to
// act on it.
import { ALERT_CATALOGUE, type AlertEntry } from '@celery-watch/celery-protocol';
import type { Problem } from '../problem.js';
import type { Alert, RuleFile } from '../sources/rule-file.js';

/** The guide that runbook_url points into. */
export const ALERT_GUIDE = 'docs/monitoring/ALERT_HANDLING_GUIDE.md';

const TEXTS = ['summary', 'description', 'summary_zh', 'description_zh'] as const;

/** The label `component` of an alert: what AlertManager groups and inhibits by. */
export function componentOf({ subject }: AlertEntry): string {
  return subject === 'relay' ? 'alert-relay' : subject === 'pipeline' ? 'pipeline' : 'celery';
}

export function checkAlerts(
  { source, rules }: RuleFile,
  catalogue: readonly AlertEntry[] = ALERT_CATALOGUE,
): Problem[] {
  const alerts = rules.filter((rule) => rule.kind === 'alert');
  const entries = new Map(catalogue.map((entry) => [entry.name, entry]));
  const unknown = alerts
    .filter(({ name }) => !entries.has(name))
    .map((alert) => problemAt(alert, [], 'is not in the alert catalogue'));
  const ofCatalogue = catalogue.flatMap((entry) => {
    const [alert, ...more] = alerts.filter(({ name }) => name === entry.name);
    if (alert === undefined)
      return [{ file: source.file, where: entry.name, text: 'a catalogued alert without a rule' }];
    return [...more.map((each) => problemAt(each, [], 'has more than one rule')), ...checkAlert(alert, entry)];
  });
  return [...unknown, ...ofCatalogue];
}

function checkAlert(alert: Alert, entry: AlertEntry): Problem[] {
  const { labels, annotations } = alert;
  const problems: Problem[] = [];
  const wants = (path: readonly string[], isRight: boolean, text: string): void => {
    if (!isRight) problems.push(problemAt(alert, path, text));
  };
  wants(
    ['labels', 'severity'],
    labels['severity'] === entry.severity,
    `severity is ${labels['severity'] ?? 'missing'}, and ${entry.severity} in the alert catalogue`,
  );
  const component = componentOf(entry);
  wants(
    ['labels', 'component'],
    labels['component'] === component,
    `component is ${labels['component'] ?? 'missing'}, want ${component}`,
  );
  wants([], alert.for !== undefined, 'does not say for how long its condition must hold (for)');
  for (const name of TEXTS) {
    const text = annotations[name] ?? '';
    const isChinese = /\p{Script=Han}/u.test(text);
    wants(['annotations', name], text.trim() !== '', `${name} is missing`);
    if (text.trim() !== '')
      wants(['annotations', name], isChinese === name.endsWith('_zh'), `${name} is in the wrong language`);
  }
  const runbook = `${ALERT_GUIDE}#${anchorOf(entry.name)}`;
  wants(
    ['annotations', 'runbook_url'],
    annotations['runbook_url'] === runbook,
    `runbook_url is ${annotations['runbook_url'] ?? 'missing'}, want ${runbook}`,
  );
  return problems;
}

/** The anchor that GitHub and most others make of a heading that is one word. */
export function anchorOf(heading: string): string {
  return heading.toLowerCase();
}

function problemAt({ source, path, name }: Alert, below: readonly string[], text: string): Problem {
  return { file: source.file, line: source.line([...path, ...below]), where: name, text };
}

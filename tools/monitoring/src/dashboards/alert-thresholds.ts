// What dashboards take from the rule file: which labels are one broker, and queries for its thresholds.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const RULE_FILE = fileURLToPath(new URL('../../../../monitoring/alert_rules.yml', import.meta.url));
const PREFIX = 'celery:threshold:';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
}
export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

export function readRuleFile(): RuleFile {
  return parse(readFileSync(RULE_FILE, 'utf8')) as RuleFile;
}

/** The labels that together are one broker: what rules group by, and what dashboards let choose. */
export const SCOPE: readonly string[] = (/^# SCOPE: (.+)$/m.exec(readFileSync(RULE_FILE, 'utf8'))?.[1] ?? '').split(
  ', ',
);

const rules = readRuleFile().groups.flatMap((group) => group.rules);

/** The query for the threshold that holds where a queue or task has none of its own: it follows who edits the rules. */
export function threshold(name: string): string {
  const metric = PREFIX + name;
  if (!rules.some(({ record, labels }) => record === metric && labels === undefined))
    throw new Error(`${RULE_FILE} has no ${metric}`);
  // Rules look for thresholds of their own by this label.
  const [, label] = new RegExp(`${metric}\\{(\\w+)!=""\\}`).exec(rules.map(({ expr }) => expr).join('\n')) ?? [];
  return `max(${metric}${label === undefined ? '' : `{${label}=""}`})`;
}

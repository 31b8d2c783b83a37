// The thresholds of the alert rules, read from the rule file itself, so that colours and alerts cannot differ.
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

const general = new Map(
  readRuleFile()
    .groups.flatMap(({ rules }) => rules)
    .filter(({ record, labels }) => record?.startsWith(PREFIX) === true && labels === undefined)
    .map(({ record, expr }) => [record?.slice(PREFIX.length), Number(expr)]),
);

/** The threshold that holds where a queue or task has none of its own. */
export function threshold(name: string): number {
  const value = general.get(name);
  if (value === undefined || !Number.isFinite(value))
    throw new Error(`${RULE_FILE} has no number for ${PREFIX}${name}`);
  return value;
}

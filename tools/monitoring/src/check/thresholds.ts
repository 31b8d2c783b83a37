// Thresholds: constants that the rule file records, one series without labels and perhaps some for one queue or one
// task.
import { isSyntaxProblem, parsePromql } from './promql/parse.js';
import { type Matcher, type Selector, selectorsIn } from './promql/selector.js';
import type { Rule } from './sources/rule-file.js';

/** How the names of thresholds begin. */
export const THRESHOLD = 'celery:threshold:';

/** Every place where a rule reads a threshold. */
export function thresholdReads(
  rules: readonly Rule[],
): { readonly rule: Rule; readonly selector: Selector & { readonly name: string } }[] {
  return rules.flatMap((rule) => {
    const parsed = parsePromql(rule.expr);
    if (isSyntaxProblem(parsed)) return [];
    return selectorsIn(parsed.root, parsed.text).flatMap((selector) => {
      const { name } = selector;
      return name?.startsWith(THRESHOLD) === true ? [{ rule, selector: { ...selector, name } }] : [];
    });
  });
}

/** The labels for which the rules look for a threshold of its own: those read as label!="". */
export function overrideLabels(rules: readonly Rule[], threshold: string): ReadonlySet<string> {
  const reads = thresholdReads(rules).filter(({ selector }) => selector.name === threshold);
  return new Set(reads.flatMap(({ selector }) => selector.matchers.filter(isPresence).map(({ label }) => label)));
}

/** label!="" */
export function isPresence({ operator, value }: Matcher): boolean {
  return operator === '!=' && value === '';
}

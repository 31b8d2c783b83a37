// Checks that each threshold stands in one place, is a plain number, and that a threshold for one queue or task is one
// that rules look for.
import type { Problem } from '../problem.js';
import type { Rule } from '../sources/rule-file.js';
import { isPresence, overrideLabels, THRESHOLD, thresholdReads } from '../thresholds.js';

export function checkThresholds(rules: readonly Rule[]): Problem[] {
  const lines = rules.filter(({ kind, name }) => kind === 'record' && name.startsWith(THRESHOLD));
  const reads = thresholdReads(rules);
  const problems: Problem[] = [];
  const report = (rule: Rule, text: string): void => {
    problems.push({
      file: rule.source.file,
      line: rule.source.line([...rule.path, rule.kind === 'record' ? 'record' : 'expr']),
      where: rule.name,
      text,
    });
  };
  const seen = new Set<string>();
  for (const line of lines) {
    if (!/^\d+(\.\d+)?$/.test(line.expr.trim())) report(line, `a threshold is a plain number, not ${line.expr}`);
    const labels = Object.keys(line.labels);
    const known = overrideLabels(rules, line.name);
    for (const label of labels)
      if (!known.has(label))
        report(
          line,
          `no rule looks for this threshold by ${label}, so that this line would break the rules that read it`,
        );
    if (labels.length > 1) report(line, `a threshold of its own has one label, not ${labels.join(' and ')}`);
    const key = JSON.stringify([line.name, Object.entries(line.labels)]);
    if (seen.has(key)) report(line, 'stands there twice');
    seen.add(key);
    if (!reads.some(({ selector }) => selector.name === line.name)) report(line, 'no rule reads this threshold');
  }
  const defaults = new Set(lines.filter(({ labels }) => Object.keys(labels).length === 0).map(({ name }) => name));
  for (const { rule, selector } of reads) {
    if (!defaults.has(selector.name)) report(rule, `${selector.name} has no line without labels`);
    for (const label of overrideLabels(rules, selector.name)) {
      const isTold = selector.matchers.some(
        (matcher) =>
          matcher.label === label && (isPresence(matcher) || (matcher.operator === '=' && matcher.value === '')),
      );
      if (!isTold)
        report(
          rule,
          `${selector.name} is read without ${label}="" or ${label}!="": a threshold for one ${label} would ` +
            'silence this rule',
        );
    }
  }
  return problems;
}

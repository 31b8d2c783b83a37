// Checks each rule by itself: its expression, and the labels that its annotations speak of.
import type { Problem } from '../problem.js';
import { inspectPromql } from '../promql/inspect.js';
import { canHave, NO_LABELS, showLabels, union } from '../promql/labels.js';
import type { MetricLookup } from '../promql/context.js';
import type { Rule } from '../sources/rule-file.js';

export function checkRules(rules: readonly Rule[], metrics: MetricLookup): Problem[] {
  return rules.flatMap((rule) => {
    const { source, path, name } = rule;
    const { labels, problems } = inspectPromql(rule.expr, metrics);
    const ofExpr = problems.map(({ at, text }) => ({
      file: source.file,
      line: source.lineIn([...path, 'expr'], at),
      where: name,
      text,
    }));
    if (rule.kind === 'record') return ofExpr;
    const known = union(labels === 'none' ? NO_LABELS : labels, new Set(Object.keys(rule.labels)));
    const ofAnnotations = Object.entries(rule.annotations).flatMap(([annotation, text]) =>
      [...text.matchAll(/\$labels\.(\w+)/g)]
        .filter(([, label = '']) => !canHave(known, label))
        .map(([, label = '']) => ({
          file: source.file,
          line: source.line([...path, 'annotations', annotation]),
          where: `${name}, ${annotation}`,
          text: `the alert has no label ${label}, but ${typeof known === 'string' ? 'others' : showLabels(known)}`,
        })),
    );
    return [...ofExpr, ...ofAnnotations];
  });
}

// Checks that one broker is the same everywhere: rules group and join by the labels that the head of their file names,
// and AlertManager groups and inhibits by them.
import type { Problem } from '../problem.js';
import { listIn } from '../sources/plain.js';
import type { RuleFile } from '../sources/rule-file.js';
import type { Path, YamlFile } from '../sources/yaml-file.js';
import { THRESHOLD } from '../thresholds.js';

/** The labels that together are one broker: a line of the rule file, `# SCOPE: cluster, namespace, job`. */
export function readScope(rules: string): readonly string[] {
  const [, list = ''] = /^# SCOPE: (.+)$/m.exec(rules) ?? [];
  return list.split(',').flatMap((label) => (label.trim() === '' ? [] : [label.trim()]));
}

export function checkScope({ source, rules }: RuleFile, scope: readonly string[]): Problem[] {
  if (scope.length === 0)
    return [{ file: source.file, text: 'names no labels of one broker: # SCOPE: cluster, namespace, job' }];
  const wanted = scope.join(', ');
  return rules.flatMap(({ expr, name, path }) =>
    [...expr.matchAll(/\b(by|on|without|ignoring)\s*\(([^)]*)\)(?<rest>[^(]*(?:\(\s*\))?[^(]*)/g)].flatMap(
      ({ 1: kind = '', 2: list = '', index, groups }) => {
        // A threshold is one for all brokers.
        if (kind === 'on' && groups?.['rest']?.includes(THRESHOLD) === true) return [];
        if ((kind === 'by' || kind === 'on') && (list === wanted || list.startsWith(`${wanted}, `))) return [];
        return [
          {
            file: source.file,
            line: source.lineIn([...path, 'expr'], index),
            where: name,
            text:
              `${kind} (${list}) does not begin with the labels of one broker, by (${wanted}…): brokers that only one ` +
              'of these tells apart would be one',
          },
        ];
      },
    ),
  );
}

/** Alerts of two brokers are two groups, and no broker holds back what another one says. */
export function checkAlertmanagerScope(source: YamlFile, scope: readonly string[]): Problem[] {
  const report = (path: Path, told: readonly string[], what: string): Problem[] => {
    const missing = scope.filter((label) => !told.includes(label));
    return missing.length === 0
      ? []
      : [
          {
            file: source.file,
            line: source.line(path),
            where: path.join('.'),
            text: `${what} without ${missing.join(' and ')}, which the rules tell brokers apart by`,
          },
        ];
  };
  const texts = (parent: unknown, key: string): string[] => listIn(parent, key).map(String);
  const route = (source.content as { readonly route?: unknown } | undefined)?.route;
  return [
    ...report(['route', 'group_by'], texts(route, 'group_by'), 'alerts are grouped'),
    ...listIn(source.content, 'inhibit_rules').flatMap((rule, i) =>
      report(['inhibit_rules', i, 'equal'], texts(rule, 'equal'), 'an alert holds back others'),
    ),
  ];
}

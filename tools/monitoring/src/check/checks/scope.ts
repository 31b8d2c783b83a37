// Checks that one broker is the same everywhere: rules group and join by the labels that the head of their file names,
// and AlertManager groups and inhibits by them.
import { BROKER_LABEL } from '@celery-watch/celery-protocol';
import type { Problem } from '../problem.js';
import { listIn } from '../sources/plain.js';
import type { MetricLookup } from '../promql/context.js';
import { inspectPromql } from '../promql/inspect.js';
import { canHave, isKnown, type Labels } from '../promql/labels.js';
import type { Rule, RuleFile } from '../sources/rule-file.js';
import type { Path, YamlFile } from '../sources/yaml-file.js';

/** The labels that together are one broker: a line of the rule file, `# SCOPE: cluster, namespace, job, broker`. */
export function readScope(rules: string): readonly string[] {
  const [, list = ''] = /^# SCOPE: (.+)$/m.exec(rules) ?? [];
  return list.split(',').flatMap((label) => (label.trim() === '' ? [] : [label.trim()]));
}

export function checkScope({ source, rules }: RuleFile, scope: readonly string[], metrics: MetricLookup): Problem[] {
  if (scope.length === 0)
    return [{ file: source.file, text: 'names no labels of one broker: # SCOPE: cluster, namespace, job, broker' }];
  return rules.flatMap((rule) => [
    ...inspectPromql(rule.expr, metrics).groupings.flatMap(({ kind, at, list, sides }) => {
      // What has none of these labels, such as a threshold, is one for all brokers.
      const wanted = scope.filter((label) => sides.every((side) => isScoped(side, label))).join(', ');
      const isBy = kind === 'by' || kind === 'on';
      if (isBy && (wanted === '' || list === wanted || list.startsWith(`${wanted}, `))) return [];
      return [
        {
          file: source.file,
          line: source.lineIn([...rule.path, 'expr'], at),
          where: rule.name,
          text:
            `${kind} (${list}) does not begin with the labels of one broker, ${isBy ? kind : 'by'} (${wanted}…): ` +
            'brokers that only one of these tells apart would be one',
        },
      ];
    }),
    ...brokerUnsaid(rule, metrics),
  ]);
}

/** Metrics of other programs are of a process: they can have any label but that of a broker. */
function isScoped(side: Labels, label: string): boolean {
  return canHave(side, label) && !(side === 'any' && label === BROKER_LABEL);
}

const TITLES = ['summary', 'summary_zh'];

/** An alert of one broker says of which, where brokers have names: two would read alike. */
function brokerUnsaid(rule: Rule, metrics: MetricLookup): Problem[] {
  const { labels } = inspectPromql(rule.expr, metrics);
  if (rule.kind === 'record' || !isKnown(labels) || !labels.has(BROKER_LABEL)) return [];
  return TITLES.filter(
    (title) => !new RegExp(`\\$labels\\.${BROKER_LABEL}\\b`).test(rule.annotations[title] ?? ''),
  ).map((title) => ({
    file: rule.source.file,
    line: rule.source.line([...rule.path, 'annotations', title]),
    where: rule.name,
    text: `${title} does not name the broker: {{ with $labels.${BROKER_LABEL} }} on broker {{ . }}{{ end }}`,
  }));
}

/** Alerts of two brokers are two groups, and no broker holds back what another one says. */
export function checkAlertmanagerScope(source: YamlFile, scope: readonly string[]): Problem[] {
  const report = (path: Path, told: readonly string[], what: string, absent: readonly string[] = []): Problem[] => {
    const missing = scope.filter((label) => !told.includes(label) && !absent.includes(label));
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
      report(['inhibit_rules', i, 'equal'], texts(rule, 'equal'), 'an alert holds back others', absentIn(rule)),
    ),
  ];
}

/** Labels that the alert which holds back others must not have: it speaks of all that they tell apart. */
function absentIn(rule: unknown): string[] {
  return listIn(rule, 'source_matchers').flatMap((matcher) => /^(\w+)\s*=\s*""$/.exec(String(matcher))?.[1] ?? []);
}

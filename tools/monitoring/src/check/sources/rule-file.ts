// The rules of a rule file: recordings and alerts, each with its place.
import { listIn, textIn, textsIn } from './plain.js';
import type { Path, YamlFile } from './yaml-file.js';

interface AnyRule {
  readonly group: string;
  readonly name: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly source: YamlFile;
  readonly path: Path;
}

export interface Recording extends AnyRule {
  readonly kind: 'record';
}

export interface Alert extends AnyRule {
  readonly kind: 'alert';
  /** Seconds; undefined where the rule does not say it. */
  readonly for: number | undefined;
  readonly annotations: Readonly<Record<string, string>>;
}

export type Rule = Recording | Alert;

export interface RuleFile {
  readonly source: YamlFile;
  readonly groups: readonly string[];
  readonly rules: readonly Rule[];
}

export function readRuleFile(source: YamlFile): RuleFile {
  const groups = listIn(source.content, 'groups');
  return {
    source,
    groups: groups.map((group) => textIn(group, 'name') ?? ''),
    rules: groups.flatMap((group, g) =>
      listIn(group, 'rules').map((rule, r) =>
        readRule(rule, source, textIn(group, 'name') ?? '', ['groups', g, 'rules', r]),
      ),
    ),
  };
}

function readRule(rule: unknown, source: YamlFile, group: string, path: Path): Rule {
  const common = { group, expr: textIn(rule, 'expr') ?? '', labels: textsIn(rule, 'labels'), source, path };
  const record = textIn(rule, 'record');
  if (record !== undefined) return { kind: 'record', name: record, ...common };
  const wait = textIn(rule, 'for');
  return {
    kind: 'alert',
    name: textIn(rule, 'alert') ?? '',
    for: wait === undefined ? undefined : seconds(wait),
    annotations: textsIn(rule, 'annotations'),
    ...common,
  };
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};

/** Seconds of a duration as Prometheus writes it, such as 1h30m; undefined for what is none. */
export function seconds(duration: string): number | undefined {
  if (duration === '0') return 0;
  if (!/^(\d+(ms|[smhdwy]))+$/.test(duration)) return undefined;
  return [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ''] ?? 0),
    0,
  );
}

// The unit tests of rules, as promtool reads them: what they feed, and what they say of which alert and when.
import { isSyntaxProblem, parsePromql } from '../promql/parse.js';
import { accepts, selectorsIn } from '../promql/selector.js';
import { listIn, textIn } from './plain.js';
import { seconds } from './rule-file.js';
import type { Path, YamlFile } from './yaml-file.js';

/** What a test says of one alert at one time. */
export interface Assertion {
  /** Index of the test in its file: assertions of one test speak of one run of time. */
  readonly test: number;
  /** The alert, or which alerts: a query over ALERTS may speak of several. */
  readonly isOf: (alert: string) => boolean;
  /** Seconds. */
  readonly at: number;
  readonly fires: boolean;
}

/** A text in a test file that is PromQL or a series. */
export interface Fragment {
  readonly text: string;
  readonly path: Path;
  readonly where: string;
}

export interface RuleTests {
  readonly source: YamlFile;
  /** Seconds between two evaluations. */
  readonly evaluation: number;
  readonly groupOrder: readonly string[];
  readonly expressions: readonly Fragment[];
  /** Alerts that are asked for by name. */
  readonly alertNames: readonly Fragment[];
  readonly assertions: readonly Assertion[];
}

export function readRuleTests(source: YamlFile): RuleTests {
  const expressions: Fragment[] = [];
  const alertNames: Fragment[] = [];
  const assertions: Assertion[] = [];
  listIn(source.content, 'tests').forEach((each, test) => {
    const path = ['tests', test];
    const where = textIn(each, 'name') ?? `test ${test + 1}`;
    listIn(each, 'input_series').forEach((series, i) => {
      expressions.push({ text: textIn(series, 'series') ?? '', path: [...path, 'input_series', i, 'series'], where });
    });
    listIn(each, 'alert_rule_test').forEach((check, i) => {
      const name = textIn(check, 'alertname') ?? '';
      alertNames.push({ text: name, path: [...path, 'alert_rule_test', i], where });
      assertions.push({
        test,
        isOf: (alert) => alert === name,
        at: timeOf(check),
        fires: listIn(check, 'exp_alerts').length > 0,
      });
    });
    listIn(each, 'promql_expr_test').forEach((check, i) => {
      const expr = textIn(check, 'expr') ?? '';
      const samples = listIn(check, 'exp_samples');
      expressions.push({ text: expr, path: [...path, 'promql_expr_test', i, 'expr'], where });
      samples.forEach((sample, s) => {
        const text = textIn(sample, 'labels') ?? '';
        // Without a name these are the labels of a result, which promtool itself compares.
        if (!text.startsWith('{'))
          expressions.push({ text, path: [...path, 'promql_expr_test', i, 'exp_samples', s, 'labels'], where });
      });
      const isOf = alertsIn(expr);
      if (isOf !== undefined) assertions.push({ test, isOf, at: timeOf(check), fires: samples.length > 0 });
    });
  });
  return {
    source,
    evaluation: seconds(textIn(source.content, 'evaluation_interval') ?? '') ?? 60,
    groupOrder: listIn(source.content, 'group_eval_order').map(String),
    expressions,
    alertNames,
    assertions,
  };
}

/** Which alerts a query over ALERTS asks for; undefined for a query over anything else. */
function alertsIn(expr: string): ((alert: string) => boolean) | undefined {
  const parsed = parsePromql(expr);
  if (isSyntaxProblem(parsed)) return undefined;
  const selectors = selectorsIn(parsed.root, parsed.text).filter(({ name }) => name === 'ALERTS');
  if (selectors.length === 0) return undefined;
  const matchers = selectors.flatMap((selector) => selector.matchers.filter(({ label }) => label === 'alertname'));
  return (alert) => matchers.every((matcher) => accepts(matcher, alert));
}

function timeOf(check: unknown): number {
  return seconds(textIn(check, 'eval_time') ?? '') ?? 0;
}

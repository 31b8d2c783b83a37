// Checks the rule tests: what they name, and that each alert is seen to fire, to wait, to resolve and to stay silent on
// a case just short of its threshold.
import { ALERT_CATALOGUE, type AlertEntry } from '@celery-watch/celery-protocol';
import type { Problem } from '../problem.js';
import { inspectPromql } from '../promql/inspect.js';
import type { MetricLookup } from '../promql/context.js';
import type { RuleTests } from '../sources/rule-tests.js';

export function checkRuleTests(
  files: readonly RuleTests[],
  folder: string,
  groups: readonly string[],
  metrics: MetricLookup,
  catalogue: readonly AlertEntry[] = ALERT_CATALOGUE,
): Problem[] {
  const names = new Set(catalogue.map(({ name }) => name));
  const ofFiles = files.flatMap((tests) => {
    const { source } = tests;
    const problems: Problem[] = [];
    if (groups.some((group, i) => tests.groupOrder[i] !== group)) {
      problems.push({
        file: source.file,
        text: `group_eval_order is not [${groups.join(', ')}]: without it promtool takes the groups in any order`,
      });
    }
    for (const { text, path, where } of tests.expressions) {
      for (const { at, text: problem } of inspectPromql(text, metrics).problems)
        problems.push({ file: source.file, line: source.lineIn(path, at), where, text: problem });
    }
    for (const { text, path, where } of tests.alertNames) {
      if (!names.has(text))
        problems.push({
          file: source.file,
          line: source.line(path),
          where,
          text: `${text} is not in the alert catalogue`,
        });
    }
    return problems;
  });
  return [
    ...ofFiles,
    ...catalogue.flatMap((entry) =>
      missingTests(entry, files).map((text) => ({ file: folder, where: entry.name, text })),
    ),
  ];
}

/** What no test shows of an alert. */
function missingTests({ name, subject }: AlertEntry, files: readonly RuleTests[]): string[] {
  const runs = files.flatMap((tests) => runsOf(name, tests));
  const some = (test: (run: Run) => boolean): boolean => runs.some(test);
  const hasFired = some(({ said }) => said.some(({ fires }) => fires));
  if (!hasFired) return ['no rule test in which it fires'];
  // The sign of life of the pipeline never waits, resolves or is silent.
  if (subject === 'pipeline') return [];
  const isHonoured = some(({ said, evaluation }) =>
    pairs(said).some(([before, after]) => !before.fires && after.fires && after.at - before.at === evaluation),
  );
  const resolves = some(({ said }) => pairs(said).some(([before, after]) => before.fires && !after.fires));
  const isSilent = some(({ said }) => said.every(({ fires }) => !fires));
  return [
    ...(isHonoured ? [] : ['no rule test in which it is silent one evaluation before it fires']),
    ...(resolves ? [] : ['no rule test in which it resolves']),
    ...(isSilent ? [] : ['no rule test of a case just short of its threshold, in which it is silent throughout']),
  ];
}

interface Said {
  readonly at: number;
  readonly fires: boolean;
}
interface Run {
  readonly evaluation: number;
  readonly said: readonly Said[];
}

/** What each test says of an alert, in order of time. */
function runsOf(alert: string, { assertions, evaluation }: RuleTests): Run[] {
  const byTest = Map.groupBy(
    assertions.filter(({ isOf }) => isOf(alert)),
    ({ test }) => test,
  );
  return [...byTest.values()].map((said) => ({ evaluation, said: said.toSorted((a, b) => a.at - b.at) }));
}

function pairs(said: readonly Said[]): (readonly [Said, Said])[] {
  return said.slice(1).map((after, i) => [said[i] as Said, after] as const);
}

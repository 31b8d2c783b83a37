// The rules that were rendered: promtool loads them, and tests of the rules run against them; as the values leave
// them, they are those that ship.
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { MONITORING, REPOSITORY, runCommand } from '@celery-watch/testbed';
import { parse, stringify } from 'yaml';
import type { Manifest } from './manifest.js';
import { ofKind } from './manifest.js';

interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
}
interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}

/** Those of a release, or undefined where it has none. */
export function rulesOf(manifests: readonly Manifest[]): RuleFile | undefined {
  const [object] = ofKind(manifests, 'PrometheusRule');
  if (object !== undefined) return object.spec as RuleFile;
  const text = ofKind(manifests, 'ConfigMap').find(({ data }) => data?.['alert_rules.yml'] !== undefined)?.data;
  return text === undefined ? undefined : (parse(text['alert_rules.yml'] as string) as RuleFile);
}

/** What promtool says against them. `tests`: files of ours, and of those that ship. */
export async function ruleProblems(rules: RuleFile, tests: readonly string[]): Promise<readonly string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'celery-watch-rules-'));
  try {
    // Tests that ship look for them here, ours beside them.
    for (const name of ['alert_rules.yml', 'tests/rules.yml']) {
      await runCommand('mkdir', ['-p', path.dirname(path.join(folder, name))]);
      writeFileSync(path.join(folder, name), stringify(rules));
    }
    const calls = [['check', 'rules', path.join(folder, 'alert_rules.yml')]];
    for (const test of tests) {
      const file = path.join(folder, 'tests', path.basename(test));
      copyFileSync(test, file);
      calls.push(['test', 'rules', file]);
    }
    const verdicts = await Promise.all(
      calls.map((args) => runCommand('promtool', args, { within: 60_000 }).then(() => undefined, String)),
    );
    return verdicts.flatMap((words) => (words === undefined ? [] : [words]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const OWN_RULE_TESTS = path.join(REPOSITORY, 'tools/chart/rule-tests');
export const shippedTest = (name: string): string => path.join(MONITORING, 'tests', name);

/** Where rules that no value changed differ from those that ship, besides the names of jobs. */
export function driftOfRules(rules: RuleFile): readonly string[] {
  const shipped = parse(readFileSync(path.join(MONITORING, 'alert_rules.yml'), 'utf8')) as RuleFile;
  const plain = (each: Rule): Rule => ({ ...each, expr: each.expr.replace(/job=~"[^"]*"/, 'job') });
  return shipped.groups.flatMap(({ name, rules: wanted }) => {
    const found = rules.groups.find((group) => group.name === name)?.rules ?? [];
    const differ = wanted.filter((each, i) => !isDeepStrictEqual(plain(each), found[i] && plain(found[i])));
    return differ.map((each) => `${name}: ${each.alert ?? each.record ?? '?'} is another`);
  });
}

/** Whether exporters that never answered are found by these jobs. */
export function missedJobs(rules: RuleFile, jobs: readonly string[]): readonly string[] {
  const rule = rules.groups.flatMap((group) => group.rules).find(({ record }) => record === 'celery:exporter_up');
  const pattern = /job=~"([^"]*)"/.exec(rule?.expr ?? '')?.[1];
  if (pattern === undefined) return ['celery:exporter_up names no jobs'];
  // What a string of PromQL escapes.
  const regex = new RegExp(`^(?:${pattern.replaceAll('\\\\', '\\')})$`);
  return jobs.filter((job) => !regex.test(job)).map((job) => `${job} is not matched by ${pattern}`);
}

// Runs every check over monitoring/ and docs/ and gathers what they found.
import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkFigures, FIGURES } from './checks/figures.js';
import { checkAlertGuide, checkGuide, checkMetricsAreTold } from './checks/guides.js';
import { checkAlertmanager, checkTwins } from './checks/configurations.js';
import { ALERT_GUIDE, checkAlerts } from './checks/alerts.js';
import { callsFor, type MonitoringFiles } from './checks/calls.js';
import { checkDashboard } from './checks/dashboards.js';
import { checkIndex, checkLinks } from './checks/links.js';
import { checkRules } from './checks/rules.js';
import { checkAlertmanagerScope, checkScope, readScope } from './checks/scope.js';
import { checkSchema } from './schema/schema.js';
import { checkRuleTests } from './checks/rule-tests.js';
import { checkThresholds } from './checks/thresholds.js';
import { KnownMetrics } from './known-metrics.js';
import type { Problem } from './problem.js';
import { missingPrograms, runAll } from './programs.js';
import { readRuleFile } from './sources/rule-file.js';
import { readRuleTests } from './sources/rule-tests.js';
import { YamlFile } from './sources/yaml-file.js';

const RULES = 'monitoring/alert_rules.yml';
const RULE_TESTS = 'monitoring/tests';
const PROMETHEUS = [
  'monitoring/prometheus.yml',
  'monitoring/prometheus.standalone.yml',
  'monitoring/prometheus.ha.yml',
];
const ALERTMANAGERS = [
  { file: 'monitoring/alertmanager.yml', watchdog: 'default' },
  { file: 'monitoring/alertmanager.email.yml', watchdog: 'nobody' },
] as const;
const DASHBOARDS = 'monitoring/grafana/dashboards';
const ALERT_GUIDES = [ALERT_GUIDE, ALERT_GUIDE.replace(/\.md$/, '.zh-CN.md')] as const;

/** A part of the whole, with how much it looked at. */
export interface Section {
  readonly name: string;
  readonly looked: string;
  readonly problems: readonly Problem[];
}

/** @param root the repository */
export async function checkMonitoring(root: string): Promise<Section[]> {
  const files = new Files(root);
  const rules = readRuleFile(files.yaml(RULES));
  const scope = readScope(files.text(RULES) ?? '');
  const known = new KnownMetrics(rules.rules, undefined, scope);
  const tests = files.find(`${RULE_TESTS}/*.yml`).map((file) => readRuleTests(files.yaml(file)));
  const dashboards = files.find(`${DASHBOARDS}/**/*.json`);
  const guides = files.find('docs/**/*.md', 'README.md');
  const pages = files
    .find('*.md', '{apps,charts,docker,docs,kubernetes,monitoring,packaging}/**/*.md')
    .filter((file) => !/\/(?:node_modules|dist)\//.test(file));
  const alerts = rules.rules.filter(({ kind }) => kind === 'alert').length;
  const written: Section[] = [
    {
      name: 'rules',
      looked: `${rules.rules.length} rules, ${alerts} of them alerts`,
      problems: [
        ...checkAlerts(rules),
        ...checkRules(rules.rules, known),
        ...checkThresholds(rules.rules),
        ...checkScope(rules, scope, known),
      ],
    },
    {
      name: 'rule tests',
      looked:
        `${tests.length} files, ${tests.reduce((sum, each) => sum + each.assertions.length, 0)} statements about ` +
        'alerts',
      problems: checkRuleTests(tests, RULE_TESTS, rules.groups, known),
    },
    {
      name: 'dashboards',
      looked: `${dashboards.length} files, their queries and their form by @grafana/schema`,
      problems:
        dashboards.length === 0
          ? [{ file: DASHBOARDS, text: 'holds no dashboard' }]
          : [
              ...dashboards.flatMap((file) => checkDashboard(file, files.text(file) ?? '', known)),
              ...checkSchema(dashboards.map((file) => ({ file, text: files.text(file) ?? '' }))),
            ],
    },
    {
      name: 'guides',
      looked: `${guides.length} files`,
      problems: [
        ...ALERT_GUIDES.flatMap((file) => checkAlertGuide(file, files.text(file))),
        ...guides.flatMap((file) => checkGuide(file, files.text(file) ?? '', known)),
        ...checkMetricsAreTold(guides.map((file) => ({ file, text: files.text(file) ?? '' }))),
      ],
    },
    {
      name: 'links',
      looked: `${pages.length} pages`,
      problems: [...checkLinks(pages, files), ...checkIndex(files.find('docs/{deployment,monitoring}/*.md'), files)],
    },
    {
      name: 'figures',
      looked: `${FIGURES.length} figures in ${FIGURES.reduce((sum, { places }) => sum + places.length, 0)} places`,
      problems: checkFigures((file) => files.text(file)),
    },
    {
      name: 'configurations',
      looked: `${PROMETHEUS.length} of Prometheus, ${ALERTMANAGERS.length} of AlertManager`,
      problems: [
        ...checkTwins(...(PROMETHEUS.map((file) => files.yaml(file)) as [YamlFile, ...YamlFile[]])),
        ...ALERTMANAGERS.map(({ file }) => files.yaml(file)).flatMap((source) => [
          ...checkAlertmanager(source),
          ...checkAlertmanagerScope(source, scope),
        ]),
      ],
    },
  ];
  const judged = await askPrograms(root, {
    prometheus: PROMETHEUS,
    rules: RULES,
    ruleTests: tests.map(({ source }) => source.file),
    alertmanagers: ALERTMANAGERS,
  });
  return [{ name: 'files', looked: `${files.read} read`, problems: files.problems }, ...written, judged];
}

async function askPrograms(root: string, files: MonitoringFiles): Promise<Section> {
  const name = 'promtool, amtool';
  const missing = await missingPrograms();
  if (missing.length > 0)
    return { name, looked: 'nothing', problems: missing.map((text) => ({ file: 'this machine', text })) };
  const calls = callsFor(files);
  const verdicts = await runAll(calls, root);
  const problems = calls.flatMap(({ file, what }, i) => {
    const verdict = verdicts[i];
    return verdict === undefined ? [] : [{ file, where: what, text: verdict }];
  });
  return {
    name,
    looked: `${calls.length} calls, ${calls.filter(({ what }) => what.startsWith('route')).length} of them routes`,
    problems,
  };
}

/** The files of the repository; one that is missing or cannot be read is a problem and reads as empty. */
class Files {
  readonly problems: Problem[] = [];
  read = 0;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  find(...patterns: readonly string[]): string[] {
    return globSync([...patterns], { cwd: this.#root })
      .map((file) => file.split(path.sep).join('/'))
      .sort();
  }

  readonly exists = (file: string): boolean => existsSync(path.join(this.#root, file));

  readonly text = (file: string): string | undefined => {
    if (!this.exists(file)) return undefined;
    this.read++;
    return readFileSync(path.join(this.#root, file), 'utf8');
  };

  yaml(file: string): YamlFile {
    const text = this.text(file);
    if (text === undefined) this.problems.push({ file, text: 'is missing' });
    const source = new YamlFile(file, text ?? '');
    for (const { line, text: problem } of source.errors) this.problems.push({ file, line, text: problem });
    return source;
  }
}

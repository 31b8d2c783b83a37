// The check of the chart: every values file rendered and held against what users rely on.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createCertificates } from '@celery-watch/testbed';
import { parse } from 'yaml';
import { alertmanagerDrift } from './alertmanager.js';
import { CASES, type Case } from './cases.js';
import { configurationProblems, type Secrets } from './configured.js';
import { CHART, staleFiles, writtenFiles } from './copies.js';
import { type Deployment, type Manifest, nameOf, ofKind, readManifests } from './manifest.js';
import { schemaProblems } from './models.js';
import { jobsOf, monitorProblems } from './monitors.js';
import { refusalProblems } from './refusals.js';
import { RELEASE, type Renderer } from './render.js';
import type { Report } from './report.js';
import { driftOfRules, missedJobs, OWN_RULE_TESTS, ruleProblems, rulesOf, shippedTest } from './rules.js';
import {
  memoryProblems,
  optionDrift,
  programsOfImages,
  readSchema,
  relayKeyDrift,
  schemaDrift,
  versionDrift,
} from './values-files.js';
import { workloadProblems } from './workloads.js';

const valuesOf = ({ name }: Case): readonly string[] => ['--values', path.join(CHART, `ci/${name}-values.yaml`)];
/** What a Secret of the cluster may hold. Helm keeps a release in one, packed and as base64. */
const MOST_OF_A_SECRET = 1_048_576;

/** What needs no program of Kubernetes. */
export async function checkFiles(report: Report): Promise<void> {
  const began = performance.now();
  const stale = staleFiles(writtenFiles());
  report.promise('copies and README are as `npm run chart -- write` makes them', stale);
  const values = parse(readFileSync(path.join(CHART, 'values.yaml'), 'utf8')) as unknown;
  const schema = readSchema();
  report.promise('values.yaml and its schema have the same keys, and no other is let in', schemaDrift(values, schema));
  report.promise('the schema has the options that the exporter has', await optionDrift(schema));
  report.promise('the schema has the keys that the relay has', relayKeyDrift(schema));
  report.promise('the chart has the version of the product', versionDrift());
  report.chapter('files of the chart', began);
}

export async function checkCases(report: Report, renderer: Renderer): Promise<void> {
  for (const each of CASES) {
    const began = performance.now();
    const lint = await renderer.lint(CHART, valuesOf(each));
    report.promise(`${each.name}: helm lint finds nothing`, lint.ok ? [] : [lint.text]);
    const { ok, text } = await renderer.template(CHART, valuesOf(each));
    report.promise(`${each.name}: helm template renders it`, ok ? [] : [text]);
    if (ok) await checkCase(report, each, readManifests(text));
    report.chapter(each.name, began);
  }
}

async function checkCase(report: Report, each: Case, manifests: readonly Manifest[]): Promise<void> {
  const promise = (what: string, against: readonly string[]): void => report.promise(`${each.name}: ${what}`, against);
  promise('every object is as its schema says', manifests.flatMap(schemaProblems));
  promise('every object is in the namespace of the release, under a name of its own', badNames(manifests));
  for (const [what, against] of workloadProblems(manifests, programsOfImages())) promise(what, against);
  if (each.name !== 'operator') promise('memory is that of the guides', memoryProblems(manifests));
  const elsewhere = await withCertificates(each.elsewhere);
  promise('the programs accept what they are given', await configurationProblems(manifests, elsewhere));
  if (ofKind(manifests, 'ServiceMonitor', 'PodMonitor').length > 0)
    for (const [what, against] of monitorProblems(manifests)) promise(what, against);
  for (const [what, speaksAgainst] of Object.entries(each.promises)) {
    const words = speaksAgainst(manifests);
    promise(what, words === false ? [] : [words]);
  }
  if (each.name === 'operator') promise('dashboards are those that ship', otherDashboards(manifests));
  if (each.name === 'operator')
    promise('AlertManager groups, waits and inhibits as the configuration that ships', alertmanagerDrift(manifests));
  const rules = rulesOf(manifests);
  if (rules === undefined) return;
  const jobs = [...jobsOf(manifests)].filter(([name]) => name.includes('exporter')).flatMap(([, all]) => all);
  promise('an exporter that never answered is found by its job', missedJobs(rules, jobs));
  if (each.name === 'operator') {
    promise(
      'promtool passes the rules with these values',
      await ruleProblems(rules, [`${OWN_RULE_TESTS}/operator.yml`]),
    );
    return;
  }
  promise('rules that no value changes are those that ship', driftOfRules(rules));
  const tests = [`${OWN_RULE_TESTS}/shared.yml`, shippedTest('scopes.yml')];
  promise('promtool passes the rules, and tests that ship hold for them', await ruleProblems(rules, tests));
}

/** They are written without their layout. */
function otherDashboards(manifests: readonly Manifest[]): readonly string[] {
  const found = ofKind(manifests, 'ConfigMap').flatMap(({ data }) => Object.entries(data ?? {}));
  const shipped = [...writtenFiles()].filter(([file]) => file.startsWith('files/dashboards/'));
  return shipped
    .filter(([file, text]) => {
      const [, rendered = '{}'] = found.find(([key]) => key === path.basename(file)) ?? [];
      return !isDeepStrictEqual(JSON.parse(rendered), JSON.parse(text));
    })
    .map(([file]) => file);
}

/** Real certificates in the place of their names. */
async function withCertificates(secrets: Secrets): Promise<Secrets> {
  if (!JSON.stringify(secrets).includes('"@')) return secrets;
  const folder = mkdtempSync(path.join(tmpdir(), 'celery-watch-certificates-'));
  try {
    const { ca, serverCertificate, serverKey } = await createCertificates(folder);
    const texts = new Map(
      Object.entries({ '@ca': ca, '@certificate': serverCertificate, '@key': serverKey }).map(([name, file]) => [
        name,
        readFileSync(file, 'utf8'),
      ]),
    );
    return Object.fromEntries(
      Object.entries(secrets).map(([name, keys]) => [
        name,
        Object.fromEntries(Object.entries(keys).map(([key, text]) => [key, texts.get(text) ?? text])),
      ]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What holds between renderings, and what is refused. */
export async function checkAcross(report: Report, renderer: Renderer): Promise<void> {
  const began = performance.now();
  report.promise('what is wrong is refused in words', await refusalProblems(renderer));
  report.promise('an upgrade changes no field that cannot be changed', await immutableChanges(renderer));
  report.promise('names are short enough, and two long ones stay two', await longNames(renderer));
  const operator = CASES.find(({ name }) => name === 'operator') as Case;
  const { ok, text } = await renderer.release(CHART, valuesOf(operator));
  const size = Buffer.byteLength(gzipSync(text).toString('base64'));
  const isSmall = ok && size < MOST_OF_A_SECRET * 0.8;
  report.promise('a release with everything fits where Helm keeps it', isSmall ? [] : [ok ? `${size} bytes` : text]);
  report.chapter(`refusals, upgrades, names; a release of ${(size / 1e6).toFixed(2)} MB`, began);
}

const badNames = (manifests: readonly Manifest[]): readonly string[] => {
  const names = manifests.map(nameOf);
  return [
    ...manifests
      .filter(({ metadata }) => metadata.namespace !== RELEASE.namespace)
      .map((each) => `${nameOf(each)} is in ${each.metadata.namespace ?? 'none'}`),
    ...names.filter((name, i) => names.indexOf(name) < i).map((name) => `${name} is there twice`),
  ];
};

/** Selectors, and the claims of volumes, against a release with other labels, versions and settings. */
async function immutableChanges(renderer: Renderer): Promise<readonly string[]> {
  const [base] = CASES as readonly [Case, ...Case[]];
  const later = [
    'commonLabels.team=x',
    'relay.podLabels.a=b',
    'exporter.podLabels.a=b',
    'relay.image.tag=9.9.9',
    'nameOverride=celery',
    'fullnameOverride=watch-celery-watch',
  ];
  const before = await renderer.template(CHART, valuesOf(base));
  const after = await renderer.template(CHART, [...valuesOf(base), ...later.flatMap((each) => ['--set', each])]);
  if (!before.ok || !after.ok) return [before.text, after.text];
  const fixed = (text: string): Map<string, string> => {
    const all = readManifests(text);
    return new Map([
      ...ofKind<Deployment>(all, 'Deployment').map((each): [string, string] => [
        nameOf(each),
        JSON.stringify(each.spec.selector),
      ]),
      ...ofKind(all, 'PersistentVolumeClaim').map((each): [string, string] => [
        nameOf(each),
        JSON.stringify(each.spec),
      ]),
    ]);
  };
  const now = fixed(after.text);
  return [...fixed(before.text)].flatMap(([name, was]) =>
    now.get(name) === was ? [] : [`${name}: ${was} became ${now.get(name) ?? 'nothing'}`],
  );
}

async function longNames(renderer: Renderer): Promise<readonly string[]> {
  const operator = CASES.find(({ name }) => name === 'operator') as Case;
  const release = `a-name-as-long-as-helm-allows-it-${'x'.repeat(20)}`;
  const long = `Broker_${'y'.repeat(50)}`;
  const brokers = [1, 2].flatMap((i) => [
    '--set',
    `exporter.brokers[${i - 1}].name=${long}${i}`,
    '--set',
    `exporter.brokers[${i - 1}].url=redis://b${i}:6379/0`,
  ]);
  const { ok, text } = await renderer.template(
    CHART,
    [...valuesOf(operator), '--set', 'fullnameOverride=', ...brokers],
    release,
  );
  if (!ok) return [text];
  const manifests = readManifests(text);
  const labels = manifests.flatMap((each) => {
    const pod = each.kind === 'Deployment' ? (each as Deployment).spec.template.metadata.labels : {};
    return Object.entries({ ...each.metadata.labels, ...pod }).filter(
      ([, value]) => !/^(?:[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?)?$/.test(value),
    );
  });
  const names = manifests.filter(({ metadata }) => !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(metadata.name));
  return [
    ...badNames(manifests),
    ...names.map((each) => `${nameOf(each)} is no name`),
    ...labels.map((each) => `${each.join(': ')} is no label`),
  ];
}

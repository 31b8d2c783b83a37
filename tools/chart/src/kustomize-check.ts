// The check of kubernetes/: the base and the overlay rendered by kustomize, and the ScaledObject with its queries.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '@celery-watch/testbed';
import { configurationProblems, type Secrets } from './configured.js';
import { type Deployment, type Manifest, ofKind, readManifests } from './manifest.js';
import { schemaProblems } from './models.js';
import type { Renderer } from './render.js';
import type { Report } from './report.js';
import { OWN_RULE_TESTS, ruleProblems } from './rules.js';
import { memoryProblems, programsOfImages } from './values-files.js';
import { workloadProblems } from './workloads.js';

const KUBERNETES = path.join(REPOSITORY, 'kubernetes');
/** What an overlay brings. */
const OF_THE_BASE: Secrets = {
  'celery-watch-broker': { url: 'redis://:secret@redis:6379/0' },
  'celery-watch-relay': { relay_token: 'a-token-for-tests' },
};

export async function checkKustomize(report: Report, renderer: Renderer): Promise<void> {
  for (const [folder, elsewhere] of [
    ['base', OF_THE_BASE],
    ['overlays/example', {}],
  ] as const) {
    const began = performance.now();
    const { ok, text } = await renderer.kustomize(path.join(KUBERNETES, folder));
    report.promise(`kubernetes/${folder}: kustomize renders it`, ok ? [] : [text]);
    if (!ok) continue;
    const manifests = readManifests(text);
    const promise = (what: string, against: readonly string[]): void =>
      report.promise(`kubernetes/${folder}: ${what}`, against);
    promise('every object is as its schema says', manifests.flatMap(schemaProblems));
    for (const [what, against] of workloadProblems(manifests, programsOfImages())) promise(what, against);
    promise('memory is that of the guides', memoryProblems(manifests));
    promise('images have the version of the product', oldImages(manifests));
    promise('the programs accept what they are given', await configurationProblems(manifests, elsewhere));
    report.chapter(`kubernetes/${folder}`, began);
  }
  await checkScaledObject(report);
}

function oldImages(manifests: readonly Manifest[]): readonly string[] {
  const { version } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return ofKind<Deployment>(manifests, 'Deployment')
    .map(({ spec }) => spec.template.spec.containers[0].image)
    .filter((image) => !image.endsWith(`:${version}`));
}

interface Trigger {
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
}

async function checkScaledObject(report: Report): Promise<void> {
  const began = performance.now();
  const manifests = readManifests(readFileSync(path.join(KUBERNETES, 'keda/scaled-object.yaml'), 'utf8'));
  report.promise('kubernetes/keda: the ScaledObject is as its schema says', manifests.flatMap(schemaProblems));
  const { triggers } = manifests[0]?.spec as { readonly triggers: readonly Trigger[] };
  report.promise(
    'kubernetes/keda: no answer is an error, and not 0',
    triggers.filter(({ metadata }) => metadata['ignoreNullValues'] !== 'false').map(({ name }) => name),
  );
  const rules = triggers.map(({ name, metadata }) => ({ record: `keda:${name}`, expr: metadata['query'] ?? '' }));
  const tests = [path.join(OWN_RULE_TESTS, 'keda.yml')];
  report.promise(
    'kubernetes/keda: the queries say what waits and what runs, and nothing while the broker is away',
    await ruleProblems({ groups: [{ name: 'keda', rules }] }, tests),
  );
  report.chapter('kubernetes/keda', began);
}

// Checks docker/ without Docker: builds the images by the Dockerfile's own steps in a folder, runs them as the images
// would run, asks their health checks, measures them, and holds the compose files against the rules of the house.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { REPOSITORY } from '@celery-watch/testbed';
import { copyBuildContext } from './build-context.js';
import { type BuiltStage, buildTarget } from './build-stages.js';
import { breachesOf } from './compose.js';
import { sizeOf } from './container.js';
import { mergeCompose, parseCompose } from './merge-compose.js';
import { lastOf, parseDockerfile, type Stage } from './dockerfile.js';
import { type Expect, runExporter, runRelay } from './run-images.js';

const DOCKER = join(REPOSITORY, 'docker');
const COMPOSE_FILES = [
  ['docker-compose.yml'],
  ['docker-compose.prod.yml'],
  ['docker-compose.prod.yml', 'docker-compose.email.yml'],
  ['docker-compose.prod.yml', 'docker-compose.ha.yml'],
] as const;

/** Megabytes beyond the base image. */
const MOST_SIZE = 30;
/** What has no business in an image that runs. */
const UNWANTED =
  /node_modules\/(?:typescript|jest|nx|eslint|node|node-linux-[a-z0-9]+|@types)\/|\/testbed\/|\/app\/(?:apps|libs)\/(?!.*\/node_modules\/).*(?:\.test\.js|\.ts|\.map)$/;

const faults: string[] = [];
const say = (text: string): void => {
  console.log(`  ${text}`);
};
const expect: Expect = (holds, what) => {
  say(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
  if (!holds) faults.push(what);
};

async function checkImages(stages: readonly Stage[], folder: string): Promise<void> {
  const context = join(folder, 'context');
  const files = copyBuildContext(REPOSITORY, context);
  say(`the build context has ${files.length} files`);
  const onRun = (stage: string, command: string, seconds: number): void => {
    say(`${stage.padEnd(26)} ${seconds.toFixed(1).padStart(5)} s  ${command.slice(0, 60)}`);
  };
  const parts = { stages, context, folder: join(folder, 'stages'), onRun };
  const built = new Map<string, BuiltStage>();
  for (const { target, run } of [
    { target: 'celery-exporter', run: runExporter },
    { target: 'alert-relay', run: runRelay },
  ]) {
    const image = buildTarget(target, parts, built);
    checkContents(image);
    await run({ image, folder, repository: REPOSITORY, expect });
  }
}

function checkContents({ stage, root }: BuiltStage): void {
  const { bytes, files: inside } = sizeOf(root);
  expect(
    bytes / 1e6 < MOST_SIZE,
    `the image of ${stage.name} adds ${(bytes / 1e6).toFixed(1)} MB in ${inside.length} files to its base (at most ` +
      `${MOST_SIZE} MB)`,
  );
  const unwanted = inside.filter((file) => UNWANTED.test(file));
  expect(
    unwanted.length === 0,
    `it holds no sources, tests and tools${
      unwanted.length === 0
        ? ''
        : `: ${unwanted
            .slice(0, 5)
            .map((file) => file.slice(root.length))
            .join(', ')}`
    }`,
  );
}

function checkCompose(stages: readonly Stage[]): void {
  const targets = new Map(
    stages.map((stage) => [stage.name, { healthCheck: lastOf(stage, 'HEALTHCHECK') !== undefined }]),
  );
  for (const names of COMPOSE_FILES) {
    const file = names.map((name) => parseCompose(readFileSync(join(DOCKER, name), 'utf8'))).reduce(mergeCompose);
    const production = names.some((name) => name.includes('.prod.'));
    const breaches = breachesOf(file, { production, folder: DOCKER, targets });
    expect(
      breaches.length === 0,
      `${names.join(' + ')} keeps the rules${breaches.map((breach) => `\n         ${breach}`).join('')}`,
    );
  }
  const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
  for (const names of hasCompose ? COMPOSE_FILES : []) {
    const { status, stderr } = spawnSync(
      'docker',
      ['compose', ...names.flatMap((name) => ['-f', join(DOCKER, name)]), 'config', '--quiet'],
      { encoding: 'utf8' },
    );
    expect(
      status === 0,
      `docker compose config accepts ${names.join(' + ')}${stderr.trim() === '' ? '' : `: ${stderr.trim()}`}`,
    );
  }
  if (!hasCompose) say('-      docker compose is not here to check the files too');
}

const began = performance.now();
const folder = mkdtempSync(join(tmpdir(), 'check-docker-'));
// Another user must be able to read it.
chmodSync(folder, 0o755);
mkdirSync(join(folder, 'stages'));
try {
  console.log('docker/ without Docker:');
  const text = readFileSync(join(DOCKER, 'Dockerfile'), 'utf8');
  expect(/^ARG NODE_IMAGE=\S+@sha256:[0-9a-f]{64}$/m.test(text), "the Dockerfile's base is pinned by its digest");
  const stages = parseDockerfile(text);
  checkCompose(stages);
  await checkImages(stages, folder);
} catch (error) {
  faults.push(String(error));
  console.error(error instanceof Error ? error.message : error);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(
  `${faults.length === 0 ? 'ok' : `${faults.length} FAILED`}, ${((performance.now() - began) / 1000).toFixed(0)} s`,
);
process.exitCode = faults.length === 0 ? 0 : 1;

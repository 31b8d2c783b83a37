// Checks docker/ without Docker: builds the exporter's image by the Dockerfile's own steps in a folder, runs it as the image would run, asks
// its health check, measures it, and holds the compose files against the rules of the house.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePort, Testbed } from '@celery-watch/testbed';
import { copyBuildContext } from './build-context.js';
import { type BuiltStage, buildTarget } from './build-stages.js';
import { composeBreaches } from './compose.js';
import { Container, peakMemory, sizeOf } from './container.js';
import { lastOf, parseDockerfile, type Stage } from './dockerfile.js';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const DOCKER = join(REPOSITORY, 'docker');
const COMPOSE_FILES = [['docker-compose.yml'], ['docker-compose.prod.yml'], ['docker-compose.prod.yml', 'docker-compose.email.yml']] as const;

/** Megabytes beyond the base image. */
const MOST_SIZE = 30;
/** Seconds from start to a connected exporter, on a machine that is busy with other tests. */
const MOST_START = 10;
/** Megabytes that the compose file reserves. */
const MOST_MEMORY = 128;
/** What has no business in an image that runs. */
const UNWANTED = /node_modules\/(?:typescript|jest|nx|eslint|node|node-linux-[a-z0-9]+|@types)\/|\/testbed\/|\/app\/(?:apps|libs)\/(?!.*\/node_modules\/).*(?:\.test\.js|\.ts|\.map)$/;

const faults: string[] = [];
const say = (text: string): void => { console.log(`  ${text}`); };
const expect = (holds: boolean, what: string): void => {
  say(`${holds ? 'ok    ' : 'FAILED'} ${what}`);
  if (!holds) faults.push(what);
};

async function checkImage(stages: readonly Stage[], folder: string): Promise<void> {
  const context = join(folder, 'context');
  const files = copyBuildContext(REPOSITORY, context);
  say(`the build context has ${files.length} files`);
  const onRun = (stage: string, command: string, seconds: number): void => { say(`${stage.padEnd(26)} ${seconds.toFixed(1).padStart(5)} s  ${command.slice(0, 60)}`); };
  const built = buildTarget('celery-exporter', { stages, context, folder: join(folder, 'stages'), onRun });
  const { bytes, files: inside } = sizeOf(built.root);
  expect(bytes / 1e6 < MOST_SIZE, `the image adds ${(bytes / 1e6).toFixed(1)} MB in ${inside.length} files to its base (at most ${MOST_SIZE} MB)`);
  const unwanted = inside.filter((file) => UNWANTED.test(file));
  expect(unwanted.length === 0, `it holds no sources, tests and tools${unwanted.length === 0 ? '' : `: ${unwanted.slice(0, 5).map((file) => file.slice(built.root.length)).join(', ')}`}`);
  await checkRun(built, folder);
}

async function checkRun(built: BuiltStage, folder: string): Promise<void> {
  await using bed = new Testbed();
  const redis = await bed.redis({ password: 'only-for-this-check' });
  const secret = join(folder, 'broker_url');
  writeFileSync(secret, `${redis.url}\n`, { mode: 0o444 });
  const port = await freePort();
  // As in docker-compose.prod.yml, with the same configuration file.
  const env = { CELERY_BROKER_URL_FILE: secret, CELERY_EXPORTER_CONFIG: join(REPOSITORY, 'monitoring/celery_exporter.yml'), CELERY_EXPORTER_INSTANCE: 'celery-exporter', PORT: String(port) };
  const container = new Container(bed, built, env);
  expect(!(await container.healthCheck()).healthy, 'before it runs, the health check says that it does not');
  const began = performance.now();
  const exporter = await container.start();
  const answers = async (path: string): Promise<boolean> => (await fetch(`http://127.0.0.1:${port}${path}`)).ok;
  await exporter.ready(() => answers('/healthz'), { within: 30_000, what: 'the exporter to answer' });
  const alive = (performance.now() - began) / 1000;
  await exporter.ready(() => answers('/readyz'), { within: 30_000, what: 'the exporter to be connected to Redis' });
  const ready = (performance.now() - began) / 1000;
  expect(ready < MOST_START, `it answers after ${alive.toFixed(2)} s, and is connected to Redis after ${ready.toFixed(2)} s`);
  const { healthy, says } = await container.healthCheck();
  expect(healthy, `the health check is content: ${says}`);
  const memory = peakMemory(exporter.pid);
  expect(memory < MOST_MEMORY, `it has used ${memory.toFixed(0)} MB of memory so far (${MOST_MEMORY} MB are reserved)`);
  await redis.stop();
  expect((await container.healthCheck()).healthy, 'without Redis it stays healthy: a restart would not help');
  const { code } = await exporter.stop({ within: 15_000 });
  expect(code === 0, 'SIGTERM ends it with 0');
}

function checkCompose(stages: readonly Stage[]): void {
  const targets = new Map(stages.map((stage) => [stage.name, { healthCheck: lastOf(stage, 'HEALTHCHECK') !== undefined }]));
  for (const name of ['docker-compose.yml', 'docker-compose.prod.yml']) {
    const breaches = composeBreaches(readFileSync(join(DOCKER, name), 'utf8'), { production: name.includes('.prod.'), folder: DOCKER, targets });
    expect(breaches.length === 0, `${name} keeps the rules${breaches.map((breach) => `\n         ${breach}`).join('')}`);
  }
  const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;
  for (const names of hasCompose ? COMPOSE_FILES : []) {
    const { status, stderr } = spawnSync('docker', ['compose', ...names.flatMap((name) => ['-f', join(DOCKER, name)]), 'config', '--quiet'], { encoding: 'utf8' });
    expect(status === 0, `docker compose config accepts ${names.join(' + ')}${stderr.trim() === '' ? '' : `: ${stderr.trim()}`}`);
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
  const stages = parseDockerfile(readFileSync(join(DOCKER, 'Dockerfile'), 'utf8'));
  checkCompose(stages);
  await checkImage(stages, folder);
} catch (error) {
  faults.push(String(error));
  console.error(error instanceof Error ? error.message : error);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${faults.length === 0 ? 'ok' : `${faults.length} FAILED`}, ${((performance.now() - began) / 1000).toFixed(0)} s`);
process.exitCode = faults.length === 0 ? 0 : 1;

// Runs each image as docker-compose.prod.yml does, and sees that it works, is small and ends when it is told to.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, memoryUse, Testbed, waitFor } from '@celery-watch/testbed';
import type { BuiltStage } from './build-stages.js';
import { Container } from './container.js';

export type Expect = (holds: boolean, what: string) => void;

export interface RunParts {
  readonly image: BuiltStage;
  /** For files that only this check needs. */
  readonly folder: string;
  readonly repository: string;
  readonly expect: Expect;
}

/** Seconds from start to an answer, on a machine that is busy with other tests. */
const MOST_START = 10;
/** Megabytes that the compose file reserves. */
const MOST_MEMORY = 128;

export async function runExporter({ image, folder, repository, expect }: RunParts): Promise<void> {
  await using bed = new Testbed();
  const redis = await bed.redis({ password: 'only-for-this-check' });
  const secret = secretFile(folder, 'broker_url', redis.url);
  const port = await freePort();
  // As in docker-compose.prod.yml, with the same configuration file.
  const env = {
    CELERY_BROKER_URL_FILE: secret,
    CELERY_EXPORTER_CONFIG: join(repository, 'monitoring/celery_exporter.yml'),
    CELERY_EXPORTER_INSTANCE: 'celery-exporter',
    PORT: String(port),
  };
  const container = new Container(bed, image, env);
  expect(!(await container.healthCheck()).healthy, 'before it runs, the health check says that it does not');
  const began = performance.now();
  const exporter = await container.start();
  await exporter.ready(() => answers(port, '/healthz'), { within: 30_000, what: 'the exporter to answer' });
  const alive = (performance.now() - began) / 1000;
  await exporter.ready(() => answers(port, '/readyz'), {
    within: 30_000,
    what: 'the exporter to be connected to Redis',
  });
  const ready = (performance.now() - began) / 1000;
  expect(
    ready < MOST_START,
    `it answers after ${alive.toFixed(2)} s, and is connected to Redis after ${ready.toFixed(2)} s`,
  );
  const { healthy, says } = await container.healthCheck();
  expect(healthy, `the health check is content: ${says}`);
  await expectMemory(exporter.pid, expect);
  await redis.stop();
  expect((await container.healthCheck()).healthy, 'without Redis it stays healthy: a restart would not help');
  const { code } = await exporter.stop({ within: 15_000 });
  expect(code === 0, 'SIGTERM ends it with 0');
  await expectHealthElsewhere(new Container(bed, image, { CELERY_BROKER_URL_FILE: secret }), expect);
}

/** A port that neither the image nor a variable names, as those of the drop-ins are. */
async function expectHealthElsewhere(container: Container, expect: Expect): Promise<void> {
  const port = await freePort();
  const exporter = await container.start(['--drop-in=ovalmoney', `--port=${String(port)}`]);
  await exporter.ready(() => answers(port, '/healthz'), { within: 30_000, what: 'the exporter to answer' });
  const { healthy, says } = await container.healthCheck();
  expect(healthy, `the health check finds the port that a flag names: ${says}`);
  await exporter.stop({ within: 15_000 });
}

export async function runRelay({ image, folder, repository, expect }: RunParts): Promise<void> {
  await using bed = new Testbed();
  const token = secretFile(folder, 'relay_token', 'only-for-this-check');
  const port = await freePort();
  const store = join(image.root, image.workdir, 'data/alert-relay.db');
  const env = {
    ALERT_RELAY_CONFIG: join(repository, 'monitoring/alert-relay.yml'),
    ALERT_RELAY_TOKEN_FILE: token,
    ALERT_RELAY_STORE: store,
    PORT: String(port),
  };
  const container = new Container(bed, image, env);
  const began = performance.now();
  const relay = await container.start();
  await relay.ready(() => answers(port, '/readyz'), { within: 30_000, what: 'the relay to take alerts' });
  const ready = (performance.now() - began) / 1000;
  expect(ready < MOST_START, `it takes alerts after ${ready.toFixed(2)} s`);
  const { healthy, says } = await container.healthCheck();
  expect(healthy, `the health check is content: ${says}`);
  expect((await post(port, 'wrong')) === 401, 'a wrong token is refused');
  expect((await post(port, 'only-for-this-check')) === 200, 'an alert with the token is taken');
  await waitFor(() => relay.lastLines().includes('CheckOfTheImage'), {
    within: 15_000,
    what: 'the message on the console',
  });
  expect(true, 'its message is on the console');
  await expectMemory(relay.pid, expect);
  const { code } = await relay.stop({ within: 15_000 });
  expect(code === 0, 'SIGTERM ends it with 0');
}

async function post(port: number, token: string): Promise<number> {
  const alert = {
    status: 'firing',
    labels: { alertname: 'CheckOfTheImage', severity: 'warning' },
    annotations: {},
    startsAt: new Date().toISOString(),
  };
  const response = await fetch(`http://127.0.0.1:${port}/webhook/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ version: '4', receiver: 'x', groupKey: 'x', alerts: [alert] }),
  });
  return response.status;
}

async function answers(port: number, path: string): Promise<boolean> {
  return (await fetch(`http://127.0.0.1:${port}${path}`)).ok;
}

function secretFile(folder: string, name: string, value: string): string {
  const file = join(folder, name);
  writeFileSync(file, `${value}\n`, { mode: 0o444 });
  return file;
}

async function expectMemory(pid: number, expect: Expect): Promise<void> {
  const memory = (await memoryUse(pid)).peak / 2 ** 20;
  expect(memory < MOST_MEMORY, `it has used ${memory.toFixed(0)} MB of memory so far (${MOST_MEMORY} MB are reserved)`);
}

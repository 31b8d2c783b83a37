// Loads the archives of the images as an operator would, and runs them with what docker-compose.prod.yml allows them.
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, memoryUse, Testbed, waitFor } from '@celery-watch/testbed';
import type { Figure, Workshop } from '../way.js';
import { rootRun } from '../debian/as-root.js';
import { archiveName, imageId, imageName, listName, type Target } from './build.js';
import { flagsOf, type Service, serviceOf } from './compose-flags.js';
import { Container } from './container.js';
import { LIMITS, openStore, type Store } from './store.js';

const SECRET = 'only-for-this-trial';
/** Where no container of ours may write. */
const CLOSED = ['/app/x', '/tmp/x', '/etc/x', '/usr/local/bin/x'];

interface TrialParts {
  readonly workshop: Workshop;
  readonly store: Store;
  readonly secrets: Readonly<Record<string, string>>;
  readonly found: (what: string, value: string) => void;
}

export async function tryImages(workshop: Workshop): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const store = openStore(workshop.scratch, 'loaded', workshop.signal);
  const found = (what: string, value: string): void => {
    figures.push({ what, value });
  };
  try {
    await using bed = new Testbed();
    const redis = await bed.redis({ password: SECRET });
    const secrets = writeSecrets(workshop.scratch, { broker_url: redis.url, relay_token: SECRET });
    const parts = { workshop, store, secrets, found };
    await tryExporter(parts, () => redis.stop());
    await tryRelay(parts);
  } finally {
    await store.remove();
  }
  return figures;
}

async function tryExporter(parts: TrialParts, stopBroker: () => Promise<unknown>): Promise<void> {
  const image = await load('celery-exporter', parts);
  const port = String(await freePort());
  const flags = flagsOfService('celery-exporter', { PORT: port }, parts);
  const version = await parts.store.podman('run', '--rm', '--network=host', ...LIMITS, image, '--version');
  must(version.includes(parts.workshop.version), `the image says its version, and not: ${version}`);
  const container = await Container.start(parts.store, 'exporter', image, flags);
  const alive = await container.answersAfter(`http://127.0.0.1:${port}/metrics`);
  await container.answersAfter(`http://127.0.0.1:${port}/readyz`);
  parts.found('exporter: start to first answer', `${alive.toFixed(2)} s`);
  await mustBeClosed(container, 'celery-exporter', parts);
  must(await container.isHealthy(), 'the health check is content');
  await stopBroker();
  await waitFor(async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 503, {
    within: 15_000,
    what: 'the exporter to say that its broker is away',
  });
  must(await container.isHealthy(), 'without a broker it stays healthy, since a restart would not help');
  await mustBeSickWhenStopped(container);
  await mustEnd(container, 'exporter', flags, parts);
}

async function tryRelay(parts: TrialParts): Promise<void> {
  const image = await load('alert-relay', parts);
  const port = String(await freePort());
  const flags = flagsOfService('alert-relay', { PORT: port }, parts);
  const run = ['run', '--rm', '--network=host', ...LIMITS];
  const checked = await parts.store.podman(...run, ...flags, image, 'check-config');
  must(/\S/.test(checked), '`check-config` as the only argument says what it found');
  const container = await Container.start(parts.store, 'relay', image, flags);
  const ready = await container.answersAfter(`http://127.0.0.1:${port}/readyz`);
  parts.found('relay: start to first answer', `${ready.toFixed(2)} s`);
  await mustBeClosed(container, 'alert-relay', parts);
  must(await container.isHealthy(), 'the health check is content');
  must((await post(port)) === 200, 'an alert is taken');
  await waitFor(async () => (await container.logs()).includes('TrialOfTheImage'), {
    within: 15_000,
    what: 'the message on the console',
  });
  const kept = await container.exec('ls', '-ln', '/app/data');
  must(/ 1000 +1000 .*alert-relay\.db$/m.test(kept), `the store is in the volume, and belongs to uid 1000:\n${kept}`);
  await mustBeSickWhenStopped(container);
  await mustEnd(container, 'relay', flags, parts);
  await container.start();
  await container.answersAfter(`http://127.0.0.1:${port}/readyz`);
  const history = await container.exec('node', 'apps/alert-relay/bin/alert-relay.js', 'history');
  must(history.includes('TrialOfTheImage'), `after a restart it knows what it told:\n${history}`);
  await container.stop();
}

async function load(target: Target, { workshop, store, found }: TrialParts): Promise<string> {
  const archive = path.join(workshop.out, archiveName(target, workshop.version));
  // The archive unpacked first, since podman 4.3 does not read what gzip packed.
  const loading = `gunzip --stdout "$0" | "$@"`;
  const said = await rootRun(['sh', '-c', loading, archive, ...store.podmanWords, 'load', '--quiet'], workshop.signal);
  const image = imageName(target, workshop.version);
  must(said.includes(image), `the archive holds ${image}, and not: ${said}`);
  const list = readFileSync(path.join(workshop.out, listName(target, workshop.version)), 'utf8');
  const id = await imageId(image, store);
  must(list.includes(id), `the list of what is in it is that of this image, ${id}`);
  const unpacked = Number(await store.podman('image', 'inspect', '--format={{.Size}}', image)) / 1e6;
  const packed = statSync(archive).size / 1e6;
  found(`${target}: image`, `${unpacked.toFixed(0)} MB, ${packed.toFixed(0)} MB to download`);
  return image;
}

function flagsOfService(
  name: Target,
  environment: Readonly<Record<string, string>>,
  { workshop, secrets }: TrialParts,
): readonly string[] {
  return flagsOf(shippedService(name, workshop), { folder: path.join(workshop.root, 'docker'), secrets, environment });
}

function shippedService(name: Target, { root }: Workshop): Service {
  return serviceOf(readFileSync(path.join(root, 'docker/docker-compose.prod.yml'), 'utf8'), name);
}

async function mustBeClosed(container: Container, name: Target, { workshop }: TrialParts): Promise<void> {
  must(/^1000\s/.test(await container.status('Uid')), 'it runs as uid 1000');
  for (const set of ['CapPrm', 'CapEff', 'CapBnd'])
    must(/^0+$/.test(await container.status(set)), `it has no capability (${set})`);
  must((await container.status('NoNewPrivs')) === '1', 'it can gain no privileges');
  for (const file of CLOSED) {
    const code = `try { fs.writeFileSync(${JSON.stringify(file)}, ''); 'written' } catch ({ code }) { code }`;
    const what = await container.node(code);
    must(what === 'EROFS', `${file} cannot be written, since the root is closed, and not: ${what}`);
  }
  const wanted = shippedService(name, workshop).deploy?.resources?.limits?.memory ?? '';
  const limit = `${String(Number(await container.node('process.constrainedMemory()')) / 2 ** 20)}M`;
  must(limit === wanted, `it may use ${wanted} of memory, and not ${limit}`);
}

async function mustBeSickWhenStopped(container: Container): Promise<void> {
  await container.signal('STOP');
  try {
    must(!(await container.isHealthy()), 'a program that answers nothing is not healthy');
  } finally {
    await container.signal('CONT');
  }
  must(await container.isHealthy(), 'once it goes on, it is healthy again');
}

async function mustEnd(
  container: Container,
  name: string,
  flags: readonly string[],
  { found }: TrialParts,
): Promise<void> {
  const { peak } = await memoryUse(await container.pid());
  found(`${name}: memory`, `${(peak / 2 ** 20).toFixed(0)} MB at most`);
  const mounts = flags.map((flag) => /^--volume=[^:]+:([^:]+)/.exec(flag)?.[1] ?? '').filter((place) => place !== '');
  const unexpected = (await container.changes()).filter((change) => !isMadeFor(mounts, change));
  must(unexpected.length === 0, `nothing was written to its root:\n${unexpected.join('\n')}`);
  const { code, seconds } = await container.stop();
  must(
    code === 0 && seconds < 10,
    `SIGTERM ends it with 0 in less than 10 s: ${String(code)}, ${seconds.toFixed(1)} s`,
  );
  found(`${name}: SIGTERM to its end`, `${seconds.toFixed(1)} s`);
}

/** `A /etc/x`: what is mounted is made in the root, with the folders above it. */
function isMadeFor(mounts: readonly string[], change: string): boolean {
  const [, file = ''] = /^[AC] (.+)$/.exec(change) ?? [];
  return mounts.some((mount) => mount === file || mount.startsWith(`${file}/`));
}

async function post(port: string): Promise<number> {
  const alert = { labels: { alertname: 'TrialOfTheImage', severity: 'warning' }, annotations: {}, status: 'firing' };
  const alerts = [{ ...alert, startsAt: new Date().toISOString() }];
  const response = await fetch(`http://127.0.0.1:${port}/webhook/alertmanager`, {
    method: 'POST',
    headers: { authorization: `Bearer ${SECRET}` },
    body: JSON.stringify({ version: '4', receiver: 'x', groupKey: 'x', alerts }),
  });
  return response.status;
}

function writeSecrets(scratch: string, values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const folder = path.join(scratch, 'secrets');
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const file = path.join(folder, name);
      writeFileSync(file, value, { mode: 0o444 });
      return [name, file];
    }),
  );
}

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(`this does not hold: ${what}`);
}

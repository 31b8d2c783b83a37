// Tries a package of the chart as far as one can without a cluster: what its Deployments say is run with the
// repository's programs, with their files, variables and arguments, and what kubelet and `helm test` ask is asked.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort, type ManagedProcess, Testbed, waitFor } from '@celery-watch/testbed';
import { layOut } from './configured.js';
import { type Container, type Deployment, type Manifest, nameOf, ofKind, readManifests } from './manifest.js';
import type { Renderer } from './render.js';

const TOKEN = 'a-token-for-the-trial';
const WITHIN = 60_000;

interface Running {
  readonly name: string;
  readonly container: Container;
  readonly process: ManagedProcess;
  readonly url: string;
  readonly graceSeconds: number;
}

/** Throws where something does not work; gives lines `what: value`. */
export async function tryPackage(file: string, renderer: Renderer): Promise<readonly string[]> {
  await using bed = new Testbed();
  const redis = await bed.redis({ password: 'a-password' });
  const values = [`exporter.brokers[0].name=shop`, `exporter.brokers[0].url=${redis.url}`, `relay.auth.token=${TOKEN}`];
  const { ok, text } = await renderer.template(
    file,
    values.flatMap((each) => ['--set', each]),
  );
  if (!ok) throw new Error(text);
  const manifests = readManifests(text);
  const began = performance.now();
  const running = await Promise.all(
    ofKind<Deployment>(manifests, 'Deployment').map((each) => start(bed, each, manifests)),
  );
  for (const each of running) await askProbes(each);
  const ready = ((performance.now() - began) / 1000).toFixed(1);
  const [exporter, relay] = ['celery-exporter', 'alert-relay'].map((name) =>
    running.find(({ container }) => container.name === name),
  );
  if (exporter === undefined || relay === undefined) throw new Error('an exporter and a relay were wanted');
  await waitFor(async () => (await page(`${exporter.url}/metrics`)).includes('celery_broker_up{broker="shop"} 1'), {
    within: WITHIN,
    what: 'celery_broker_up of the broker',
  });
  await postAlert(relay);
  const said = await runTestPod(manifests, running);
  const stopped = await Promise.all(running.map(stop));
  return [
    `objects rendered from the package: ${manifests.length}`,
    `start until every probe is answered, exporter and relay: ${ready} s`,
    `helm test's own script: ${said}`,
    ...stopped,
  ];
}

async function start(bed: Testbed, deployment: Deployment, manifests: readonly Manifest[]): Promise<Running> {
  const [container] = deployment.spec.template.spec.containers;
  const folder = path.join(bed.folder, deployment.metadata.name);
  const { program, args, env } = layOut(deployment, manifests, folder, {});
  const port = await freePort();
  const process = await bed.start({
    name: container.name,
    command: globalThis.process.execPath,
    args: [program, ...args],
    cwd: folder,
    // A pod has its ports to itself; here others run, too.
    env: { ...env, PORT: String(port) },
  });
  const grace = (deployment.spec.template.spec as { readonly terminationGracePeriodSeconds?: number })
    .terminationGracePeriodSeconds;
  const name = nameOf(deployment);
  return { name, container, process, url: `http://127.0.0.1:${port}`, graceSeconds: grace ?? 30 };
}

/** The three probes, as kubelet asks them. */
async function askProbes({ name, container, url }: Running): Promise<void> {
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
    const asked = `${url}${container[probe]?.httpGet?.path ?? '/none'}`;
    await waitFor(async () => (await fetch(asked)).status === 200, { within: WITHIN, what: `${probe} of ${name}` });
  }
}

async function page(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

/** AlertManager's post, with the token that the release has; the channel of the default values is the log. */
async function postAlert({ url, process }: Running): Promise<void> {
  const alert = { status: 'firing', labels: { alertname: 'TrialOfTheChart', severity: 'warning' } };
  const post = (token: string): Promise<Response> =>
    fetch(`${url}/webhook/alertmanager`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      body: JSON.stringify({ version: '4', groupKey: '{}', status: 'firing', alerts: [alert] }),
    });
  const strange = await post('another-token');
  if (strange.status !== 401) throw new Error(`a wrong token is answered with ${strange.status}`);
  const taken = await post(TOKEN);
  if (!taken.ok) throw new Error(`the relay took no alert: ${taken.status} ${await taken.text()}`);
  await waitFor(() => process.output().includes('TrialOfTheChart'), { within: WITHIN, what: 'the alert in the log' });
}

/**
 * The pod of `helm test`: its command and arguments, with the addresses of this trial in the place of the Services'.
 */
async function runTestPod(manifests: readonly Manifest[], running: readonly Running[]): Promise<string> {
  const [pod] = ofKind(manifests, 'Pod');
  const { containers } = pod?.spec as { readonly containers: readonly { command: string[]; args: string[] }[] };
  const { command = [], args = [] } = containers[0] ?? {};
  if (args.length !== running.length) throw new Error(`helm test asks ${args.length} programs of ${running.length}`);
  const urls = running.map(({ url }) => url);
  const { stdout } = await promisify(execFile)(process.execPath, [...command.slice(1), ...urls], { timeout: WITHIN });
  if (!stdout.includes('ready: ')) throw new Error(stdout);
  return 'every program is ready';
}

async function stop({ name, process, graceSeconds }: Running): Promise<string> {
  const began = performance.now();
  await process.stop();
  const seconds = (performance.now() - began) / 1000;
  if (seconds >= graceSeconds) throw new Error(`${name} took ${seconds.toFixed(1)} s to end`);
  return `${name} ends after SIGTERM within: ${seconds.toFixed(2)} s of ${graceSeconds}`;
}

// Asks the programs themselves: the files, secrets and variables of a rendered Deployment, laid out in a folder as
// kubelet would, for check-config.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { programOf } from '@celery-watch/testbed';
import type { Container, Deployment, Job, Manifest, PodSpec } from './manifest.js';
import { nameOf, ofKind } from './manifest.js';

/** Secrets and ConfigMaps that are no part of what was rendered: their keys, by name. */
export type Secrets = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface LaidOut {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const APPS: Readonly<Record<string, 'exporter' | 'relay'>> = { 'celery-exporter': 'exporter', 'alert-relay': 'relay' };
/**
 * Where the programs find what is mounted. In a folder of the check they are elsewhere, and so are paths that name
 * them.
 */
const MOUNTS = ['/etc/celery-exporter', '/etc/alert-relay', '/etc/celery-watch-web', '/app/data'];

/**
 * Writes what a Deployment mounts below a folder, and says how its program would be run there. Throws where a key is
 * missing.
 */
export function layOut(
  deployment: Deployment | Job,
  manifests: readonly Manifest[],
  folder: string,
  elsewhere: Secrets,
): LaidOut {
  const pod: PodSpec = deployment.spec.template.spec;
  const [container] = pod.containers;
  const app = APPS[container.name];
  if (app === undefined) throw new Error(`${nameOf(deployment)}: no program ${container.name}`);
  const moved = (text: string): string =>
    MOUNTS.reduce((all, mount) => all.replaceAll(mount, path.join(folder, mount)), text);
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const target = path.join(folder, mountPath);
    mkdirSync(target, { recursive: true });
    const volume = pod.volumes?.find((each) => each.name === name);
    for (const source of volume?.projected?.sources ?? []) {
      const { name: from, items } = source.secret ?? source.configMap ?? { name: '' };
      const own = ofKind(manifests, 'Secret', 'ConfigMap').find(({ metadata }) => metadata.name === from);
      const all = items ?? Object.keys(own?.data ?? elsewhere[from] ?? {}).map((key) => ({ key, path: key }));
      for (const { key, path: file } of all) {
        const text = own === undefined ? elsewhere[from]?.[key] : textOf(own, key);
        if (text === undefined) throw new Error(`${nameOf(deployment)}: ${from} has no key ${key}`);
        mkdirSync(path.dirname(path.join(target, file)), { recursive: true });
        writeFileSync(path.join(target, file), moved(text), { mode: 0o440 });
      }
    }
  }
  return {
    program: programOf(app),
    args: (container.args ?? []).map(moved),
    env: Object.fromEntries((container.env ?? []).map((each) => [each.name, moved(valueOf(each))])),
  };
}

function textOf(own: Manifest, key: string): string | undefined {
  const text = own.data?.[key];
  return text === undefined || own.kind === 'ConfigMap' ? text : Buffer.from(text, 'base64').toString('utf8');
}

/** What comes from the pod itself is its name. */
function valueOf({ value }: NonNullable<Container['env']>[number]): string {
  return value ?? 'a-pod-7d9f8b6c5-x2x4z';
}

/** What the programs say against what was rendered for them. */
export async function configurationProblems(
  manifests: readonly Manifest[],
  elsewhere: Secrets,
): Promise<readonly string[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'celery-watch-chart-'));
  try {
    const deployments = ofKind<Deployment | Job>(manifests, 'Deployment', 'Job');
    const found = await Promise.all(
      deployments.map(async (each, index) => {
        const { program, args, env } = layOut(each, manifests, path.join(folder, String(index)), elsewhere);
        const { code, output } = await run(
          program,
          [...args, ...(args.includes('check-config') ? [] : ['check-config'])],
          env,
        );
        // A warning is worth a look: the chart is to give no reason for one.
        return code === 0 ? [] : [`${nameOf(each)}: ${output}`];
      }),
    );
    return found.flat();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A program of the repository, run to its end with nothing of this process's environment but what it needs to run. */
export function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const settings = { env: { PATH: process.env['PATH'] ?? '', ...env }, timeout: 30_000 };
    execFile(process.execPath, [program, ...args], settings, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : 1;
      resolve({ code, output: `${stdout}${stderr}`.trim() });
    });
  });
}

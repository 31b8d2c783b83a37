// Builds both images by docker/Dockerfile on the bases made here, as archives that Docker and Podman load.
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createGzip } from 'node:zlib';
import { DEBIAN_ARCHITECTURES, fetchNode, MACHINE, type OwnNode } from '../archive/own-node.js';
import { commitTime, git } from '../repository.js';
import type { Workshop } from '../way.js';
import { rootRun } from '../debian/as-root.js';
import { BASE_IMAGE, BUILD_IMAGE, CERTIFICATES, makeBases } from './base.js';
import { listOf, lookInside } from './contents.js';
import { openStore, type Store } from './store.js';

const run = promisify(execFile);

/** Targets of the Dockerfile, by which the images are named, too. */
export const TARGETS = ['celery-exporter', 'alert-relay'] as const;
export type Target = (typeof TARGETS)[number];

export const imageName = (target: Target, version: string): string => `celery-watch/${target}:${version}`;
export const archiveName = (target: Target, version: string): string =>
  `${target}-${version}-image-${DEBIAN_ARCHITECTURES[MACHINE ?? 'x64']}.tar.gz`;

/** What is in it, in CycloneDX's form. */
export const listName = (target: Target, version: string): string =>
  archiveName(target, version).replace(/\.tar\.gz$/, '.cdx.json');

/** The names of the archives and of the lists of what is in them. */
export async function buildImages(workshop: Workshop): Promise<readonly string[]> {
  const { root, out, scratch, version, say, signal } = workshop;
  const store = openStore(scratch, 'built', signal);
  const began = performance.now();
  const seconds = (): string => ((performance.now() - began) / 1000).toFixed(0);
  try {
    if (MACHINE === undefined) throw new Error(`there is no Node.js for ${process.arch}`);
    const node = await fetchNode(MACHINE, path.join(scratch, 'node'), root);
    const date = await commitTime(root);
    await makeBases({ store, scratch, signal, node, date });
    say(`the base without a registry of images: ${await sizeOf(BASE_IMAGE, store)}, after ${seconds()} s`);
    const secrets = path.join(scratch, 'npmrc');
    writeFileSync(secrets, await npmSettings(root), { mode: 0o600 });
    const files: string[] = [];
    for (const target of TARGETS) {
      const name = imageName(target, version);
      await build(target, name, { workshop, store, secrets, date });
      say(`${name}: ${await sizeOf(name, store)}, after ${seconds()} s`);
      const archive = archiveName(target, version);
      await writeArchive(name, path.join(out, archive), { store, scratch });
      const list = listName(target, version);
      writeFileSync(path.join(out, list), await listContents(name, { version, made: date, node: node.listed }, store));
      files.push(archive, list);
    }
    return files;
  } finally {
    await store.remove();
  }
}

async function listContents(
  image: string,
  facts: { readonly version: string; readonly made: number; readonly node: OwnNode['listed'] },
  store: Store,
): Promise<string> {
  const [name = ''] = image.split(':');
  return listOf({ ...facts, name, imageId: await imageId(image, store), contents: await lookInside(image, store) });
}

interface BuildParts {
  readonly workshop: Workshop;
  readonly store: Store;
  /** A file with npm's settings. */
  readonly secrets: string;
  /** Epoch seconds, of the commit and not of now, so that the same source gives the same layers. */
  readonly date: number;
}

async function build(target: Target, name: string, { workshop, store, secrets, date }: BuildParts): Promise<void> {
  const { root, version } = workshop;
  const isClean = (await git(root, 'status', '--porcelain')) === '';
  const values = {
    NODE_IMAGE: BASE_IMAGE,
    BUILD_IMAGE,
    VERSION: version,
    REVISION: `${await git(root, 'rev-parse', 'HEAD')}${isClean ? '' : '-dirty'}`,
    CREATED: new Date(date * 1000).toISOString(),
  };
  await store.buildah(
    ...['bud', '--isolation=chroot', '--network=host', '--quiet', '--layers', '--pull-never'],
    // OCI's own format has no place for a health check.
    ...['--format=docker', `--timestamp=${String(date)}`, `--secret=id=npmrc,src=${secrets}`],
    ...Object.entries(values).map(([key, value]) => `--build-arg=${key}=${value}`),
    ...[`--target=${target}`, `--file=${path.join(root, 'docker/Dockerfile')}`, `--tag=${name}`],
    root,
  );
}

/** The registry that npm asks on this machine, and how it logs in there. */
async function npmSettings(root: string): Promise<string> {
  const setting = async (key: string): Promise<string> =>
    (await run('npm', ['config', 'get', key], { cwd: root })).stdout.trim();
  const file = await setting('userconfig');
  const own = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const added = [`registry=${await setting('registry')}`, `cafile=${CERTIFICATES}`];
  return `${own.replaceAll(/^(?:cafile|prefix)\s*=.*$/gm, '')}\n${added.join('\n')}\n`;
}

async function writeArchive(
  name: string,
  file: string,
  { store, scratch }: { readonly store: Store; readonly scratch: string },
): Promise<void> {
  const plain = path.join(scratch, 'image.tar');
  await store.buildah('push', '--quiet', name, `docker-archive:${plain}:${name}`);
  await rootRun(['chown', `${String(process.getuid?.())}:${String(process.getgid?.())}`, plain]);
  await pipeline(createReadStream(plain), createGzip({ level: 6 }), createWriteStream(file));
  await rootRun(['rm', plain]);
}

export function imageId(name: string, store: Store): Promise<string> {
  return store.podman('image', 'inspect', '--format={{.Id}}', name);
}

async function sizeOf(name: string, store: Store): Promise<string> {
  return `${(Number(await store.podman('image', 'inspect', '--format={{.Size}}', name)) / 1e6).toFixed(0)} MB`;
}

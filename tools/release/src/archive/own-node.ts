// The project's own Node.js for a machine of either kind, as package-lock.json names and hashes it.
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fetchNpmPackage } from '@celery-watch/testbed';
import { purlOf, type Extra } from '../sbom/cyclonedx.js';
import { readLock } from '../sbom/installed.js';
import { unpack } from './tar.js';

/** As Node.js names them. */
export const ARCHITECTURES = ['x64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];
/** As Debian and Docker name them. */
export const DEBIAN_ARCHITECTURES: Readonly<Record<Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };
/** This machine's; undefined where there is no Node.js for it. */
export const MACHINE = ARCHITECTURES.find((each) => each === process.arch);

export interface OwnNode {
  /** The program. */
  readonly binary: string;
  /** Its licence and those of all that it is made of. */
  readonly license: string;
  readonly version: string;
  readonly listed: Extra;
}

/**
 * Fetches it by npm into `folder`, and looks at its hash. Rejects where it is not what the lock file says.
 * @param root the repository
 */
export async function fetchNode(architecture: Architecture, folder: string, root: string): Promise<OwnNode> {
  const name = `node-linux-${architecture}`;
  const locked = readLock(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).find(
    (each) => each.name === name,
  );
  if (locked?.integrity?.startsWith('sha512-') !== true) throw new Error(`package-lock.json has no hash of ${name}`);
  mkdirSync(folder, { recursive: true });
  const sha512 = locked.integrity.slice('sha512-'.length);
  const tarball = await fetchNpmPackage(`${name}@${locked.version}`, sha512, folder);
  await unpack(tarball, folder, ['package/bin/node', 'package/LICENSE']);
  return {
    binary: path.join(folder, 'package/bin/node'),
    license: path.join(folder, 'package/LICENSE'),
    version: locked.version,
    listed: {
      name: 'node',
      version: locked.version,
      license: 'MIT',
      purl: purlOf(name, locked.version),
      sha512: Buffer.from(sha512, 'base64').toString('hex'),
    },
  };
}

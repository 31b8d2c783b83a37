// The project's own Node.js for a machine of either kind, as package-lock.json names and hashes it.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { purlOf, type Extra } from '../sbom/cyclonedx.js';
import { readLock } from '../sbom/installed.js';

/** As Node.js names them. */
export const ARCHITECTURES = ['x64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export interface OwnNode {
  /** The program. */
  readonly binary: string;
  /** Its licence and those of all that it is made of. */
  readonly license: string;
  readonly version: string;
  readonly listed: Extra;
}

/**
 * Fetches it by npm into `folder`, and looks at its hash. Throws where it is not what the lock file says.
 * @param root the repository
 */
export function fetchNode(architecture: Architecture, folder: string, root: string): OwnNode {
  const name = `node-linux-${architecture}`;
  const locked = readLock(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).find(
    (each) => each.name === name,
  );
  if (locked?.integrity?.startsWith('sha512-') !== true) throw new Error(`package-lock.json has no hash of ${name}`);
  mkdirSync(folder, { recursive: true });
  const npm = ['pack', '--silent', '--pack-destination', folder, `${name}@${locked.version}`];
  const run = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`npm ${npm.join(' ')}: ${run.error?.message ?? run.stdout + run.stderr}`);
  const tarball = path.join(folder, run.stdout.trim().split('\n').at(-1) ?? '');
  const hash = createHash('sha512').update(readFileSync(tarball)).digest();
  if (hash.toString('base64') !== locked.integrity.slice(7))
    throw new Error(
      `${name}@${locked.version} has another hash than package-lock.json says: it is not the one that was tested`,
    );
  const tar = spawnSync('tar', ['xzf', tarball, '-C', folder, 'package/bin/node', 'package/LICENSE'], {
    encoding: 'utf8',
  });
  if (tar.status !== 0) throw new Error(`tar: ${tar.stderr}`);
  return {
    binary: path.join(folder, 'package/bin/node'),
    license: path.join(folder, 'package/LICENSE'),
    version: locked.version,
    listed: {
      name: 'node',
      version: locked.version,
      license: 'MIT',
      purl: purlOf(name, locked.version),
      sha512: hash.toString('hex'),
    },
  };
}

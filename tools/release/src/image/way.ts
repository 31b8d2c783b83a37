// The way `image`: container images made without a registry of images, loaded and run as an operator would.
import { existsSync, readFileSync } from 'node:fs';
import type { Way } from '../way.js';
import { mayBeRoot } from '../debian/as-root.js';
import { debianSuite } from './base.js';
import { buildImages, MACHINE } from './build.js';
import { tryImages } from './trial.js';

const PROGRAMS = ['buildah', 'podman', 'runc', 'mmdebstrap'] as const;
const OS_RELEASE = '/etc/os-release';

export const IMAGE: Way = {
  name: 'image',
  summary:
    'container images, made of Debian and npm packages by docker/Dockerfile, for `docker load` and `podman load`',
  needs: [],
  cannot,
  make: buildImages,
  try: tryImages,
};

function cannot(): string | undefined {
  const missing = PROGRAMS.filter((program) => !isThere(program));
  if (missing.length > 0) return `these are missing: sudo apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (MACHINE === undefined) return `npm has no Node.js for ${process.arch}`;
  if (debianSuite(existsSync(OS_RELEASE) ? readFileSync(OS_RELEASE, 'utf8') : '') === undefined)
    return 'the base is made of the packages of the Debian that it is made on, and this is none';
  return mayBeRoot() ? undefined : 'it needs root, or sudo without a password';
}

/** Those of Debian that only root is shown are in /usr/sbin. */
function isThere(program: string): boolean {
  return ['/usr/bin', '/usr/sbin'].some((folder) => existsSync(`${folder}/${program}`));
}

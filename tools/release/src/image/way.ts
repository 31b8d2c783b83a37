// The way `image`: container images made without a registry of images, loaded and run as an operator would.
import type { Way } from '../way.js';
import { MACHINE } from '../archive/own-node.js';
import { mayBeRoot } from '../debian/as-root.js';
import { debianSuite, whyMissing } from '../debian/machine.js';
import { buildImages } from './build.js';
import { tryImages } from './trial.js';

const PROGRAMS = ['buildah', 'podman', 'runc', 'mmdebstrap'] as const;

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
  const missing = whyMissing(PROGRAMS);
  if (missing !== undefined) return missing;
  if (MACHINE === undefined) return `npm has no Node.js for ${process.arch}`;
  if (debianSuite() === undefined)
    return 'the base is made of the packages of the Debian that it is made on, and this is none';
  return mayBeRoot() ? undefined : 'it needs root, or sudo without a password';
}

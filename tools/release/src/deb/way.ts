// The Debian packages: made of the archives, and tried on a fresh Debian from installation to purge.
import { mayBeRoot } from '../debian/as-root.js';
import { whyMissing } from '../debian/machine.js';
import type { Way } from '../way.js';
import { buildPackages } from './build.js';
import { tryOnFreshDebian } from './trial.js';

export const DEB: Way = {
  name: 'deb',
  summary: 'Debian packages of both programs with their services, for amd64 and arm64',
  needs: ['npm', 'archive'],
  cannot: () =>
    whyMissing(['dpkg-deb', 'mmdebstrap']) ??
    (mayBeRoot() ? undefined : 'a fresh Debian is tried as root, or by sudo without a password'),
  make: buildPackages,
  try: tryOnFreshDebian,
};

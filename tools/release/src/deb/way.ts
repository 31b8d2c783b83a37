// The Debian packages: made of the archives, and tried on a fresh Debian from installation to purge.
import { existsSync } from 'node:fs';
import { mayBeRoot } from '../debian/as-root.js';
import type { Way } from '../way.js';
import { buildPackages } from './build.js';
import { tryOnFreshDebian } from './trial.js';

export const DEB: Way = {
  name: 'deb',
  summary: 'Debian packages of both programs with their services, for amd64 and arm64',
  needs: ['npm', 'archive'],
  cannot: () => {
    const missing = ['dpkg-deb', 'mmdebstrap'].filter((each) => !existsSync(`/usr/bin/${each}`));
    if (missing.length > 0)
      return `these are missing: sudo apt-get install --no-install-recommends ${missing.join(' ')}`;
    return mayBeRoot() ? undefined : 'a fresh Debian is tried as root, or by sudo without a password';
  },
  make: buildPackages,
  try: tryOnFreshDebian,
};

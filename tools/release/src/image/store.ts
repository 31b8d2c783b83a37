// The place of our own where buildah and podman keep images and containers, so that the machine's own stay untouched.
import path from 'node:path';
import { rootRun } from '../debian/as-root.js';

/** What each container may have of files and threads: podman's own figures are more than some machines can give. */
export const LIMITS = ['--ulimit=nofile=1024:1024', '--ulimit=nproc=4096:4096'] as const;

/** In the folder `scratch`, both for images that are built and for those that are loaded as a user would. */
export interface Store {
  readonly buildah: (...words: readonly string[]) => Promise<string>;
  readonly podman: (...words: readonly string[]) => Promise<string>;
  /** The words before podman's own. */
  readonly podmanWords: readonly string[];
  readonly remove: () => Promise<void>;
}

/** @param name of its folder: what was built is not there where an archive is loaded */
export function openStore(scratch: string, name: string, signal: AbortSignal): Store {
  const folder = path.join(scratch, name);
  const place = ['--root', path.join(folder, 'images'), '--runroot', path.join(folder, 'run')];
  const buildahWords = ['buildah', '--log-level=error', ...place];
  // Without systemd, too; and runc, which takes every layout of control groups.
  const podmanWords = ['podman', '--log-level=error', ...place, '--runtime=runc', '--cgroup-manager=cgroupfs'];
  podmanWords.push('--events-backend=none');
  return {
    podmanWords,
    buildah: (...words) => rootRun([...buildahWords, ...words], signal),
    podman: (...words) => rootRun([...podmanWords, ...words], signal),
    remove: async () => {
      // Layers that are still mounted would hold the folder, and a signal must not hold up the cleaning.
      await rootRun([...podmanWords, 'rm', '--all', '--force', '--time=0']).catch(() => undefined);
      await rootRun([...buildahWords, 'rm', '--all']).catch(() => undefined);
      await rootRun(['rm', '-rf', folder]);
    },
  };
}

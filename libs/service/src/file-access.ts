// Who else may read a file that holds a secret.
import { realpathSync, statSync } from 'node:fs';

/**
 * Whether every user of this machine may read it; false where that cannot be told. What a platform hands into a
 * container is as the platform makes it, and nobody else is there: `/run/secrets`, and the volumes of Kubernetes, whose
 * files lie behind `..data`.
 */
export function isWorldReadable(path: string): boolean {
  try {
    const real = realpathSync(path);
    if (real.startsWith('/run/secrets/') || real.includes('/..')) return false;
    const { mode } = statSync(real);
    return (mode & 0o004) !== 0 && (mode & 0o170000) === 0o100000;
  } catch {
    return false;
  }
}

/** A sentence for people, without its full stop. */
export function worldReadableText(path: string): string {
  return `every user of this machine may read ${path}, which holds a secret: chmod 600 it, or 640 for a group`;
}

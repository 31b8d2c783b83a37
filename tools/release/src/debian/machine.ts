// What this machine has of Debian: its release, and its programs.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '@celery-watch/testbed';

const OS_RELEASE = '/etc/os-release';

/** The release of Debian on this machine: `bookworm`; undefined where it is none. */
export function debianSuite(): string | undefined {
  const text = existsSync(OS_RELEASE) ? readFileSync(OS_RELEASE, 'utf8') : '';
  return /^ID=debian$/m.test(text) ? /^VERSION_CODENAME=(\w+)$/m.exec(text)?.[1] : undefined;
}

/** What to install for those that are not there, in a sentence; undefined where all are. */
export function whyMissing(programs: readonly string[]): string | undefined {
  // Those of Debian that only root is shown are in /usr/sbin.
  const missing = programs.filter((each) => !path.isAbsolute(findProgram([each], '/usr/bin:/usr/sbin')));
  if (missing.length === 0) return undefined;
  return `these are missing: sudo apt-get install --no-install-recommends ${missing.join(' ')}`;
}

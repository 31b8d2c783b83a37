// Installs an app's npm package with the very packages that were tested: those of package-lock.json.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { App } from '../npm/apps.js';
import { installedIn, type Package, readLock, resolve } from '../sbom/installed.js';

/**
 * Gives what is then below `folder`. Throws where npm fails, and where anything came that the lock file does not know.
 * @param tarball of the app, as `npm pack` made it
 * @param root the repository
 */
export function installPinned(app: App, tarball: string, folder: string, root: string): readonly Package[] {
  const locked = readLock(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, ...pins(locked, app.packageName) }));
  const npm = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', tarball];
  const run = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`npm ${npm.join(' ')}: ${run.error?.message ?? run.stdout + run.stderr}`);
  const installed = installedIn(folder);
  const known = new Set(locked.map(({ name, version, integrity }) => `${name}@${version} ${integrity ?? ''}`));
  const strange = installed.filter(
    ({ name, version, integrity }) =>
      !name.startsWith('@celery-watch/') && !known.has(`${name}@${version} ${integrity ?? ''}`),
  );
  if (strange.length > 0) {
    const names = strange.map(({ name, version }) => `${name}@${version}`).join(', ');
    throw new Error(`npm installed what package-lock.json does not know: ${names}. Run \`npm install\` and the tests`);
  }
  return installed;
}

/** Parts of a package.json. */
export interface Pins {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

/**
 * Each package in the version of the lock file. One that is there in several versions gets the right one below each
 * package that stands on it; what the app itself stands on is asked for beside it, since npm 9 has no overrides for
 * what comes as a file.
 */
export function pins(locked: readonly Package[], app: string): Pins {
  const byPlace = new Map(locked.map((each) => [each.place, each]));
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of locked) versions.set(name, (versions.get(name) ?? new Set<string>()).add(version));
  const isSingle = (name: string): boolean => versions.get(name)?.size === 1;
  const below = ({ place, needs }: Package): Readonly<Record<string, string>> =>
    Object.fromEntries(
      needs
        .filter((each) => !isSingle(each))
        .flatMap((each) => resolve(byPlace, place, each) ?? [])
        .map((each) => [each.name, each.version]),
    );
  const overrides: Record<string, string | Record<string, string>> = {};
  for (const each of locked.filter(({ name }) => isSingle(name) && !isOurs(name))) {
    const several = below(each);
    overrides[each.name] = Object.keys(several).length === 0 ? each.version : { '.': each.version, ...several };
  }
  const itself = locked.find(({ name }) => name === app);
  return { dependencies: itself === undefined ? {} : below(itself), overrides };
}

const isOurs = (name: string): boolean => name.startsWith('@celery-watch/');

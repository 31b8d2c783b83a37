// Installs an app's npm package with the very packages that were tested: those of package-lock.json.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { App } from '../npm/apps.js';
import { npmInstall } from '../npm/install.js';
import { installedIn, isOurs, type Package, readLock, resolver } from '../sbom/installed.js';

/**
 * Gives what is then below `folder`. Rejects where npm fails, and where anything came that the lock file does not know.
 * @param tarball of the app, as `npm pack` made it
 * @param root the repository
 */
export async function installPinned(
  app: App,
  tarball: string,
  folder: string,
  root: string,
): Promise<readonly Package[]> {
  const locked = readLock(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  await npmInstall(tarball, folder, pins(locked, app.packageName));
  const installed = installedIn(folder);
  const identity = ({ name, version, integrity = '' }: Package): string => `${name}@${version} ${integrity}`;
  const known = new Set(locked.map(identity));
  const strange = installed.filter((each) => !isOurs(each) && !known.has(identity(each)));
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
  const resolve = resolver(locked);
  const versions = new Map<string, Set<string>>();
  for (const { name, version } of locked) versions.set(name, (versions.get(name) ?? new Set<string>()).add(version));
  const isSingle = (name: string): boolean => versions.get(name)?.size === 1;
  const below = (from: Package): Readonly<Record<string, string>> =>
    Object.fromEntries(
      from.needs
        .filter((each) => !isSingle(each))
        .flatMap((each) => resolve(from, each) ?? [])
        .map((each) => [each.name, each.version]),
    );
  const overrides: Record<string, string | Record<string, string>> = {};
  for (const each of locked.filter((one) => isSingle(one.name) && !isOurs(one))) {
    const several = below(each);
    overrides[each.name] = Object.keys(several).length === 0 ? each.version : { '.': each.version, ...several };
  }
  const itself = locked.find(({ name }) => name === app);
  return { dependencies: itself === undefined ? {} : below(itself), overrides };
}

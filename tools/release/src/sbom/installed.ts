// What npm has installed in a folder, from the lock file that it leaves there (node_modules/.package-lock.json).
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** One package that lies below node_modules. */
export interface Package {
  /** Below the folder: `node_modules/pino`, `node_modules/a/node_modules/b`. */
  readonly place: string;
  readonly name: string;
  readonly version: string;
  /** SPDX expression as the package says it; undefined where it says none. */
  readonly license: string | undefined;
  /** Subresource integrity of its tarball; undefined for what came inside another package. */
  readonly integrity: string | undefined;
  /** Names of what it stands on. */
  readonly needs: readonly string[];
}

interface LockEntry {
  /** Of workspaces. */
  readonly name?: string;
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Of a lock file of version 2 or 3; a workspace stands under its folder, and the links to it are left out. */
export function readLock(text: string): readonly Package[] {
  const { packages } = JSON.parse(text) as { readonly packages: Readonly<Record<string, LockEntry>> };
  return Object.entries(packages).flatMap(([place, entry]) => {
    const name = entry.name ?? /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(place)?.[1];
    if (name === undefined || entry.version === undefined || entry.link === true) return [];
    const { version, license, integrity, dependencies = {}, optionalDependencies = {} } = entry;
    const needs = Object.keys({ ...dependencies, ...optionalDependencies });
    return [{ place, name, version, license, integrity, needs }];
  });
}

/** @param folder where npm was run */
export function installedIn(folder: string): readonly Package[] {
  return readLock(readFileSync(path.join(folder, 'node_modules/.package-lock.json'), 'utf8'));
}

/** Ours are bundled, and stand in no registry. */
export const isOurs = ({ name }: Pick<Package, 'name'>): boolean => name.startsWith('@celery-watch/');

/** What a package finds under a name. */
export type Resolve = (from: Package, name: string) => Package | undefined;

/** As Node.js finds it: beside the package, or further up; ours, which a workspace links, in their folders. */
export function resolver(packages: readonly Package[]): Resolve {
  const byPlace = new Map(packages.map((each) => [each.place, each]));
  const linked = new Map(packages.filter((each) => isOurs(each) && isFolder(each)).map((each) => [each.name, each]));
  const find = (place: string, name: string): Package | undefined => {
    const found = byPlace.get(`${place === '' ? '' : `${place}/`}node_modules/${name}`);
    if (found !== undefined || place === '') return found;
    const [above] = /^.*(?=\/node_modules\/(?:@[^/]+\/)?[^/]+$)/.exec(place) ?? [''];
    return find(above, name);
  };
  return ({ place }, name) => find(place, name) ?? linked.get(name);
}

const isFolder = ({ place }: Package): boolean => !/(?:^|\/)node_modules\//.test(place);

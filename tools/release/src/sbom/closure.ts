// What a package of the lock file stands on, however far down.
import { type Package, resolve } from './installed.js';

/** Without itself; each once, in the order of their places. Throws where one is needed and not in the lock file. */
export function closureOf(name: string, locked: readonly Package[]): readonly Package[] {
  const byPlace = new Map(locked.map((each) => [each.place, each]));
  // Ours are links to their folders.
  const byName = new Map(locked.filter(({ name: each }) => isOurs(each)).map((each) => [each.name, each]));
  const found = new Set<Package>();
  const follow = (from: Package): void => {
    for (const need of from.needs) {
      const each = isOurs(need) ? byName.get(need) : resolve(byPlace, from.place, need);
      if (each === undefined) throw new Error(`package-lock.json has no ${need}, which ${from.name} stands on`);
      if (found.has(each)) continue;
      found.add(each);
      follow(each);
    }
  };
  const start = byName.get(name);
  if (start === undefined) throw new Error(`package-lock.json has no ${name}`);
  follow(start);
  return [...found].sort((a, b) => (a.place < b.place ? -1 : 1));
}

const isOurs = (name: string): boolean => name.startsWith('@celery-watch/');

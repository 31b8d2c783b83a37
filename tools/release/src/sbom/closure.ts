// What a package of the lock file stands on, however far down.
import { type Package, resolver } from './installed.js';

/** Without itself; each once, in the order of their places. Throws where one is needed and not in the lock file. */
export function closureOf(name: string, locked: readonly Package[]): readonly Package[] {
  const resolve = resolver(locked);
  const found = new Set<Package>();
  const follow = (from: Package): void => {
    for (const need of from.needs) {
      const each = resolve(from, need);
      if (each === undefined) throw new Error(`package-lock.json has no ${need}, which ${from.name} stands on`);
      if (found.has(each)) continue;
      found.add(each);
      follow(each);
    }
  };
  const start = locked.find((each) => each.name === name);
  if (start === undefined) throw new Error(`package-lock.json has no ${name}`);
  follow(start);
  return [...found].sort((a, b) => (a.place < b.place ? -1 : 1));
}

// `npm run release` makes what people install; `npm run test:install` makes it in a temporary folder and tries it.
import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { release, setVersion } from './release/release.js';
import { WAYS } from './table.js';
import { versionOf } from './repository.js';
import type { Way, Workshop } from './way.js';
import { inTemporaryFolder, inWorkshop } from './workshop.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Those asked for, with what they need, in the order of the table. */
function chosen(names: readonly string[]): readonly Way[] {
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const way = WAYS.find((each) => each.name === name);
    if (way === undefined) {
      throw new Error(`there is no way '${name}'; want one or more of: ${WAYS.map((each) => each.name).join(', ')}`);
    }
    way.needs.forEach(want);
    wanted.add(name);
  };
  (names.length > 0 ? names : WAYS.map(({ name }) => name)).forEach(want);
  return WAYS.filter(({ name }) => wanted.has(name));
}

async function tryAll(names: readonly string[], signal: AbortSignal): Promise<boolean> {
  return inTemporaryFolder(async (top, out) => {
    const place = { root: ROOT, out, version: versionOf(ROOT), signal };
    let isWell = true;
    for (const way of chosen(names)) {
      const cannot = way.cannot();
      if (cannot === undefined) {
        isWell = (await inWorkshop(way, top, place, (workshop) => tryOne(way, workshop))) && isWell;
      } else {
        console.log(`── ${way.name}: not tried, ${cannot}`);
        isWell &&= !names.includes(way.name);
      }
    }
    return isWell;
  });
}

async function tryOne(way: Way, workshop: Workshop): Promise<boolean> {
  const { out, say } = workshop;
  const began = performance.now();
  const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;
  try {
    for (const file of await way.make(workshop)) {
      say(`${file}: ${(statSync(path.join(out, file)).size / 1e6).toFixed(1)} MB`);
    }
    say(`made in ${seconds()}`);
    for (const { what, value } of await way.try(workshop)) say(`${what}: ${value}`);
    say(`works; ${seconds()} in all`);
    return true;
  } catch (error) {
    say(`FAILED: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return false;
  }
}

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
const [command, ...names] = process.argv.slice(2);
try {
  if (command === 'try') process.exitCode = (await tryAll(names, stop.signal)) ? 0 : 1;
  else if (command === 'release') await release(ROOT, chosen(names), names.length === 0, stop.signal);
  else if (command === 'version' && names.length === 1) await setVersion(ROOT, names[0] as string, new Date());
  else throw new Error('want one of: try [way …], release [way …], version NEW_VERSION');
} catch (error) {
  console.error(`release: ${(error as Error).message}`);
  process.exitCode = 1;
}

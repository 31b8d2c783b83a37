// The npm packages: packed, installed into an empty folder with what they need in production, and run from there.
import { readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findProgram } from '@celery-watch/testbed';
import { commitTime } from '../repository.js';
import { closureOf } from '../sbom/closure.js';
import { billOfMaterials } from '../sbom/cyclonedx.js';
import { readLock } from '../sbom/installed.js';
import { tryBoth } from '../trial/both.js';
import { type Installed, runToEnd } from '../trial/program.js';
import { folderSize } from '../trial/size.js';
import type { Figure, Way, Workshop } from '../way.js';
import { type App, APPS, EXPORTER, RELAY, tarballOf } from './apps.js';
import { npmInstall } from './install.js';
import { pack } from './pack.js';

export const NPM: Way = {
  name: 'npm',
  summary: 'npm packages of both programs, each with everything of ours inside',
  needs: [],
  cannot: () => (path.isAbsolute(findProgram(['npm'])) ? undefined : 'there is no npm on the PATH'),
  make: async (workshop) => (await Promise.all(APPS.map((app) => makePackage(app, workshop)))).flat(),
  try: tryPackages,
};

/** The tarball, and the list of what was tested with it: npm may later take newer ones that fit. */
async function makePackage(app: App, { root, out, scratch, version }: Workshop): Promise<readonly string[]> {
  const tarball = await pack(app, version, { root, yard: path.join(scratch, app.name), out });
  const locked = readLock(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const packages = closureOf(app.packageName, locked);
  const list = tarball.replace(/\.tgz$/, '.cdx.json');
  const subject = { type: 'application', name: app.packageName, version } as const;
  writeFileSync(path.join(out, list), billOfMaterials(subject, { packages }, await commitTime(root)));
  return [tarball, list];
}

async function tryPackages(workshop: Workshop): Promise<readonly Figure[]> {
  const { out, scratch, version } = workshop;
  const figures: Figure[] = [];
  const places = new Map<App, Installed>();
  for (const app of APPS) {
    const folder = path.join(scratch, `installed-${app.name}`);
    const began = performance.now();
    await npmInstall(path.join(out, tarballOf(app, version)), folder);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    figures.push({ what: `${app.name}, npm install`, value: `${seconds} s, ${await folderSize(folder)} on disk` });
    places.set(app, whole(app, folder));
  }
  const [exporter, relay] = [places.get(EXPORTER), places.get(RELAY)];
  if (exporter === undefined || relay === undefined) throw new Error('one of the apps is not in the table');
  return [...figures, ...(await tryBoth({ exporter, relay }, workshop))];
}

/** How to call the installed program, after a run that may read nothing outside its folder. */
function whole(app: App, folder: string): Installed {
  const home = realpathSync(folder);
  const bin = path.join(home, 'node_modules', app.packageName, 'bin', `${app.name}.js`);
  const place = { cwd: home, env: { PATH: path.dirname(process.execPath), HOME: home } };
  const fence = ['--permission', `--allow-fs-read=${home}`, '--allow-worker'];
  runToEnd({ ...place, command: [process.execPath, ...fence, bin] }, ['--version']);
  return { ...place, command: [path.join(home, 'node_modules/.bin', app.name)] };
}

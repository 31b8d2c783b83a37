// The npm packages: packed, installed into an empty folder with what they need in production, and run from there.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { commitTime } from '../repository.js';
import { closureOf } from '../sbom/closure.js';
import { billOfMaterials } from '../sbom/cyclonedx.js';
import { readLock } from '../sbom/installed.js';
import { tryBoth } from '../trial/both.js';
import { type Installed, runToEnd } from '../trial/program.js';
import { folderSize } from '../trial/size.js';
import type { Figure, Way, Workshop } from '../way.js';
import { type App, APPS, EXPORTER, RELAY, tarballOf } from './apps.js';
import { pack } from './pack.js';

export const NPM: Way = {
  name: 'npm',
  summary: 'npm packages of both programs, each with everything of ours inside',
  needs: [],
  cannot: () => (spawnSync('npm', ['--version']).status === 0 ? undefined : 'there is no npm on the PATH'),
  make: (workshop) => Promise.resolve(APPS.flatMap((app) => makePackage(app, workshop))),
  try: tryPackages,
};

/** The tarball, and the list of what was tested with it: npm may later take newer ones that fit. */
function makePackage(app: App, { root, out, scratch, version }: Workshop): readonly string[] {
  const tarball = pack(app, version, { root, yard: path.join(scratch, app.name), out });
  const locked = readLock(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const packages = closureOf(app.packageName, locked);
  const list = tarball.replace(/\.tgz$/, '.cdx.json');
  const subject = { type: 'application', name: app.packageName, version } as const;
  writeFileSync(path.join(out, list), billOfMaterials(subject, { packages }, commitTime(root)));
  return [tarball, list];
}

async function tryPackages(workshop: Workshop): Promise<readonly Figure[]> {
  const { out, scratch, version } = workshop;
  const figures: Figure[] = [];
  const places = new Map<App, Installed>();
  for (const app of APPS) {
    const folder = path.join(scratch, `installed-${app.name}`);
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    const began = performance.now();
    const tarball = path.join(out, tarballOf(app, version));
    const npm = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', tarball];
    const run = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8' });
    if (run.status !== 0) throw new Error(`npm ${npm.join(' ')}:\n${run.stdout}${run.stderr}`);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    figures.push({ what: `${app.name}, npm install`, value: `${seconds} s, ${folderSize(folder)} on disk` });
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

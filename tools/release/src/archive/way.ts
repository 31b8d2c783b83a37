// The archives that bring their own Node.js: unpacked anywhere, they run.
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { commitTime } from '../repository.js';
import { type App, APPS, EXPORTER, RELAY, tarballOf } from '../npm/apps.js';
import { tryBoth } from '../trial/both.js';
import type { Installed } from '../trial/program.js';
import { folderSize } from '../trial/size.js';
import type { Figure, Way, Workshop } from '../way.js';
import { type Architecture, ARCHITECTURES, fetchNode, MACHINE } from './own-node.js';
import { installPinned } from './pinned.js';
import { layOut } from './stage.js';
import { archive, unpack } from './tar.js';

export const ARCHIVE: Way = {
  name: 'archive',
  summary: 'archives of both programs with their own Node.js, for x64 and arm64',
  needs: ['npm'],
  cannot: () => undefined,
  make: makeArchives,
  try: tryArchives,
};

/** Without `.tar.gz`, which is also the folder inside. */
export const archiveName = (app: App, version: string, architecture: Architecture): string =>
  `${app.name}-${version}-linux-${architecture}`;

async function makeArchives({ root, out, scratch, version, say, signal }: Workshop): Promise<readonly string[]> {
  const made = await commitTime(root);
  const files: string[] = [];
  const stage = async (app: App) => {
    const installed = path.join(scratch, `installed-${app.name}`);
    const packages = await installPinned(app, path.join(out, tarballOf(app, version)), installed, root);
    return { app, installed, packages };
  };
  const staged = await Promise.all(APPS.map(stage));
  for (const architecture of ARCHITECTURES) {
    signal.throwIfAborted();
    say(`Node.js for ${architecture}`);
    const node = await fetchNode(architecture, path.join(scratch, `node-${architecture}`), root);
    for (const { app, installed, packages } of staged) {
      const name = archiveName(app, version, architecture);
      layOut(path.join(scratch, name), { app, version, installed, packages, node, root, made });
      await archive(path.join(scratch, name), path.join(out, `${name}.tar.gz`), made);
      copyFileSync(path.join(scratch, name, `${app.name}.cdx.json`), path.join(out, `${name}.cdx.json`));
      files.push(`${name}.tar.gz`, `${name}.cdx.json`);
    }
  }
  return files;
}

async function tryArchives(workshop: Workshop): Promise<readonly Figure[]> {
  const { out, scratch, version } = workshop;
  const here = MACHINE;
  if (here === undefined) throw new Error(`there is no archive for ${process.arch}: this machine cannot try one`);
  const figures: Figure[] = [];
  const install = async (app: App): Promise<Installed> => {
    const place = path.join(scratch, `unpacked-${app.name}`);
    mkdirSync(place);
    const name = archiveName(app, version, here);
    const began = performance.now();
    await unpack(path.join(out, `${name}.tar.gz`), place);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    figures.push({ what: `${app.name}, unpacking`, value: `${seconds} s, ${await folderSize(place)} on disk` });
    // No Node.js on the PATH: it runs on its own.
    return {
      command: [path.join(place, name, 'bin', app.name)],
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', HOME: place },
    };
  };
  const [exporter, relay] = [await install(EXPORTER), await install(RELAY)];
  return [...(await tryBoth({ exporter, relay }, workshop)), ...figures];
}

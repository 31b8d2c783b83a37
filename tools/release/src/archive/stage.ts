// Lays out what an archive holds, and what a Debian package puts into one folder:
//
//   bin/celery-exporter     starts the program on the Node.js beside it, with the flags that the image has, too
//   lib/node_modules/…      the npm package and all that it stands on
//   node/bin/node           Node.js, with its licence
//   systemd/                its unit
//   LICENSE, README.md, THIRD-PARTY-LICENSES.txt, NAME.cdx.json
import { chmodSync, copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { App } from '../npm/apps.js';
import { billOfMaterials } from '../sbom/cyclonedx.js';
import type { Package } from '../sbom/installed.js';
import { licenses } from './licenses.js';
import type { OwnNode } from './own-node.js';

export interface Stage {
  readonly app: App;
  readonly version: string;
  /** Where npm has installed the app (`installPinned`). */
  readonly installed: string;
  readonly packages: readonly Package[];
  readonly node: OwnNode;
  /** The repository. */
  readonly root: string;
  /** When it was made, epoch seconds: the last commit's time. */
  readonly made: number;
}

/** Fills an empty or missing folder. */
export function layOut(folder: string, { app, version, installed, packages, node, root, made }: Stage): void {
  for (const each of ['bin', 'lib', 'node/bin']) mkdirSync(path.join(folder, each), { recursive: true });
  cpSync(path.join(installed, 'node_modules'), path.join(folder, 'lib/node_modules'), { recursive: true });
  for (const each of ['.bin', '.package-lock.json'])
    rmSync(path.join(folder, 'lib/node_modules', each), { recursive: true, force: true });
  copyFileSync(node.binary, path.join(folder, 'node/bin/node'));
  copyFileSync(node.license, path.join(folder, 'node/LICENSE'));
  const home = path.join(folder, 'lib/node_modules', app.packageName);
  for (const each of ['LICENSE', 'README.md']) copyFileSync(path.join(home, each), path.join(folder, each));
  writeFileSync(path.join(folder, 'bin', app.name), starter(app));
  chmodSync(path.join(folder, 'bin', app.name), 0o755);
  chmodSync(path.join(folder, 'node/bin/node'), 0o755);
  writeFileSync(path.join(folder, 'THIRD-PARTY-LICENSES.txt'), licenses(installed, packages));
  const subject = { type: 'application', name: app.packageName, version } as const;
  const contents = { packages, extras: [node.listed] };
  writeFileSync(path.join(folder, `${app.name}.cdx.json`), billOfMaterials(subject, contents, made));
  cpSync(path.join(root, 'packaging/systemd', app.name), path.join(folder, 'systemd'), { recursive: true });
}

/** Works from any folder, also through a link to it. */
function starter({ name, packageName, flags }: App): string {
  return [
    '#!/bin/sh',
    `# Runs ${name} on the Node.js beside it.`,
    'here=$(dirname -- "$(readlink -f -- "$0")")/..',
    `exec "$here/node/bin/node" ${flags.map((each) => `${each} `).join('')}"$here/lib/node_modules/${packageName}/bin/${name}.js" "$@"`,
    '',
  ].join('\n');
}

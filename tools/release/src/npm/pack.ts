// Packs both apps by `npm pack` in a copy of what is built, so that nothing that runs from the clone meets a package in
// the making.
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from '@celery-watch/testbed';
import { type App, tarballOf } from './apps.js';

/** What of a folder goes into the copy: no packages of others, which the tarball does not hold anyway. */
const isWanted = (file: string): boolean => !/[\\/](?:node_modules|src|test-results)$/.test(file);

/**
 * Gives the tarball's name below `out`. Rejects with npm's words.
 * @param root the repository, built
 * @param yard an empty folder
 */
export async function pack(
  app: App,
  version: string,
  places: { root: string; yard: string; out: string },
): Promise<string> {
  const { root, yard, out } = places;
  const manifest = JSON.parse(readFileSync(path.join(root, app.folder, 'package.json'), 'utf8')) as {
    readonly bundleDependencies: readonly string[];
  };
  const libs = manifest.bundleDependencies.map((name) => `libs/${name.split('/')[1] ?? ''}`);
  for (const each of ['LICENSE', 'tools/pack-libs.js', app.folder, ...libs]) {
    mkdirSync(path.dirname(path.join(yard, each)), { recursive: true });
    cpSync(path.join(root, each), path.join(yard, each), { recursive: true, filter: isWanted });
  }
  const npm = ['pack', '--silent', '--pack-destination', out];
  const said = await runCommand('npm', npm, { cwd: path.join(yard, app.folder), within: 0 });
  const tarball = tarballOf(app, version);
  if (!said.includes(tarball)) throw new Error(`npm pack of ${app.name} made another file: ${said}`);
  return tarball;
}

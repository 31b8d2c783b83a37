// Installs an app's tarball into a folder of its own, with what it needs in production.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from '@celery-watch/testbed';

const INSTALL = ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

/**
 * Rejects with npm's words.
 * @param manifest what the folder's package.json says besides that it is nobody's
 */
export async function npmInstall(tarball: string, folder: string, manifest: object = {}): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, ...manifest }));
  await runCommand('npm', [...INSTALL, tarball], { cwd: folder, within: 0 });
}

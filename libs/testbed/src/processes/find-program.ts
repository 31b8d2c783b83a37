// Finds a program that has more than one name, as Debian's packages rename some: the first on the PATH counts.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** The whole path of the first of these on the PATH; the first name where there is none, for the failure to name. */
export function findProgram(names: readonly [string, ...string[]], searched = process.env['PATH'] ?? ''): string {
  const candidates = searched
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => path.join(folder, name)));
  return candidates.find(isExecutable) ?? names[0];
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// Keeps the results of a run as JSON in bench-results/, which git ignores.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../../../bench-results/', import.meta.url));

/** Gives the file's path. */
export async function keepResults(name: string, results: unknown): Promise<string> {
  await mkdir(FOLDER, { recursive: true });
  const file = join(FOLDER, `${name}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
  await writeFile(file, `${JSON.stringify(results, undefined, 1)}\n`);
  return file;
}

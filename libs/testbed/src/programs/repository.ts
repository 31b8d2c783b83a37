// Where the repository's own programs and shipped files lie: the testbed starts apps by their path and imports none.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's folder. */
export const REPOSITORY = fileURLToPath(new URL('../../../../', import.meta.url));

/** The configurations, rules and rule tests that ship. */
export const MONITORING = path.join(REPOSITORY, 'monitoring');

const PROGRAMS = {
  exporter: ['apps/exporter', 'bin/celery-exporter.js'],
  relay: ['apps/alert-relay', 'bin/alert-relay.js'],
} as const;

/** The file that users run; an app that is not built is said at once, and plainly. */
export function programOf(app: keyof typeof PROGRAMS): string {
  const [folder, bin] = PROGRAMS[app];
  const compiled = path.join(REPOSITORY, folder, 'dist/main.js');
  if (!existsSync(compiled)) throw new Error(`the ${app} is not built: ${compiled} is missing; run \`npm run build\``);
  return path.join(REPOSITORY, folder, bin);
}

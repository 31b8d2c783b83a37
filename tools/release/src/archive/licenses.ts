// Gathers the licences of all that others made into one text, since many of them want to travel with what they license.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isOurs, type Package } from '../sbom/installed.js';

/**
 * The licences of all packages of others, each with its text where it brings one.
 * @param installed the folder that the packages' places are in
 */
export function licenses(installed: string, packages: readonly Package[]): string {
  const others = packages.filter((each) => !isOurs(each));
  const parts = [...others]
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ place, name, version, license }) => {
      const texts = licenseFiles(readdirSync(path.join(installed, place))).map((file) =>
        readFileSync(path.join(installed, place, file), 'utf8').trim(),
      );
      const text = texts.length === 0 ? '(the package brings no text of it)' : texts.join('\n\n');
      return `${name} ${version} (${license ?? 'no licence named'})\n\n${text}\n`;
    });
  return `What others made and this program stands on. The licence of Node.js is node/LICENSE.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** Those of a package's files that are its licence, as authors spell them: `LICENSE`, `license.md`, `NOTICE`. */
export function licenseFiles(names: readonly string[]): readonly string[] {
  return names
    .filter((name) => /^(?:licen[cs]e|copying|notice)(?:[.-][\w.-]+)?$/i.test(name) && !/\.[cm]?[jt]s$/i.test(name))
    .sort();
}

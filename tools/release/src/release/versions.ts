// The one version of the project, in all the places that say it.

/** A file, and how its text says the version. */
export interface Place {
  readonly file: string;
  readonly text: string;
}

/** As semver has it, without build metadata, which no registry and no Debian package would keep. */
export const isVersion = (text: string): boolean => /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/.test(text);

/** Where a version stands only in a field of its own, and other versions beside it. */
const IN_FIELD = /(?:^|\/)package\.json$/;
const LOCK = 'package-lock.json';

/** The text in which the version is the next one; the same text where it says none. */
export function withVersion({ file, text }: Place, from: string, to: string): string {
  const old = from.replaceAll('.', '\\.');
  if (IN_FIELD.test(file)) return text.replace(new RegExp(`^( {2}"version": )"${old}"`, 'm'), `$1"${to}"`);
  // Workspaces stand under their folders; the first entry is the root.
  if (file === LOCK) {
    const entry = new RegExp(
      `^( {2}|(?: {4}"(?:|(?:apps|libs|tools)/[^"/]+)": \\{\\n(?: {6}.*\\n)*?) {6})"version": "${old}"`,
      'gm',
    );
    return text.replace(entry, `$1"version": "${to}"`);
  }
  return text.replaceAll(new RegExp(`(?<![\\d.])${old}(?![\\d.]*\\d)`, 'g'), to);
}

/**
 * Whether a tracked file may say the project's version: not the changelog, whose versions are history, nor the guide
 * on upgrades, nor code and recordings, where it would be another's.
 */
export function mayNameVersion(file: string): boolean {
  if (file === LOCK || IN_FIELD.test(file)) return !file.includes('node_modules/');
  if (/CHANGELOG|UPGRADE_GUIDE|\.(?:ts|tgz|png)$/.test(file)) return false;
  return (
    /^(?:docker|charts|kubernetes|packaging|docs\/deployment|apps\/[^/]+\/README)/.test(file) || /^README/.test(file)
  );
}

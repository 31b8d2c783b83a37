// The changelog's part about one version, and how what is unreleased becomes a version.

const UNRELEASED = 'Unreleased';

/** The lines below a heading `## NAME` or `## NAME (DATE)`; undefined where there is none. */
function section(changelog: string, name: string): string | undefined {
  const parts = changelog.split(/^(?=## )/m);
  const found = parts.find(
    (each) =>
      each
        .split('\n')[0]
        ?.replace(/ \(.*\)$/, '')
        .trim() === `## ${name}`,
  );
  return found?.split('\n').slice(1).join('\n').trim();
}

/** What a version changes, as a page of its own. Throws where nobody wrote it down. */
export function changesOf(version: string, changelog: string): { readonly text: string; readonly isReleased: boolean } {
  const own = section(changelog, version);
  const lines = own ?? section(changelog, UNRELEASED) ?? '';
  if (lines === '') {
    const where =
      own === undefined ? `"## ${version}" nor under "## ${UNRELEASED}"` : `"## ${version}", which is there`;
    throw new Error(`CHANGELOG.md has no lines under ${where}: write down what users notice first`);
  }
  return { text: `# Changes of ${version}\n\n${lines}\n`, isReleased: own !== undefined };
}

/**
 * The changelog in which what was unreleased is that version's.
 * @param day like 2026-12-01
 */
export function closeUnreleased(changelog: string, version: string, day: string): string {
  if (section(changelog, version) !== undefined) throw new Error(`CHANGELOG.md has a section "## ${version}" already`);
  if ((section(changelog, UNRELEASED) ?? '') === '')
    throw new Error(`CHANGELOG.md has no lines under "## ${UNRELEASED}": there is nothing to release`);
  return changelog.replace(/^## Unreleased[^\S\n]*$/m, `## ${UNRELEASED}\n\n## ${version} (${day})`);
}

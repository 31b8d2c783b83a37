// `npm run release`: makes everything that people install, of a clean commit, with checksums and the changes.
// `npm run release:version -- 0.2.0`: the commit before that, in which everything says the new version.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Way } from '../way.js';
import { git, refuseChanges, versionOf } from '../repository.js';
import { inTemporaryFolder, inWorkshop } from '../workshop.js';
import { changesOf, closeUnreleased } from './changelog.js';
import { isVersion, mayNameVersion, withVersion } from './versions.js';

/**
 * Fills `release/VERSION`. Throws with what to do where it cannot; what an earlier run made stays then.
 * @param all whether these are all ways: then it is an error if one cannot be made here
 */
export async function release(root: string, ways: readonly Way[], all: boolean, signal: AbortSignal): Promise<void> {
  await refuseChanges(root);
  const version = versionOf(root);
  const changes = changesOf(version, readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8'));
  const impossible = ways.flatMap((way) => {
    const cannot = way.cannot();
    return cannot === undefined ? [] : [`${way.name}: ${cannot}`];
  });
  if (impossible.length > 0) {
    const only = ways.filter((way) => way.cannot() === undefined).map(({ name }) => name);
    const advice = all ? `\nWithout them: npm run release -- ${only.join(' ')}` : '';
    throw new Error(`this machine cannot make all of it.\n${impossible.join('\n')}${advice}`);
  }
  await inTemporaryFolder(async (top, out) => {
    const files: string[] = [];
    for (const way of ways) {
      signal.throwIfAborted();
      files.push(...(await inWorkshop(way, top, { root, out, version, signal }, (workshop) => way.make(workshop))));
    }
    const page = `CHANGES-${version}.md`;
    writeFileSync(path.join(out, page), changes.text);
    writeFileSync(path.join(out, 'SHA256SUMS'), sums(out, [...files, page]));
    const place = path.join(root, 'release', version);
    putInPlace(out, place);
    console.log(`── release/${version}, of commit ${await git(root, 'rev-parse', '--short', 'HEAD')}`);
    for (const each of [...files, page, 'SHA256SUMS'])
      console.log(`   ${(statSync(path.join(place, each)).size / 1e6).toFixed(1).padStart(7)} MB  ${each}`);
    if (!changes.isReleased) {
      console.log(
        `   ${page} holds what CHANGELOG.md has under "Unreleased": npm run release:version makes a version of it.`,
      );
    }
  });
}

/** All of a folder is of one commit: what an earlier run made and this one did not goes, and is named. */
function putInPlace(out: string, place: string): void {
  const made = new Set(readdirSync(out));
  const gone = existsSync(place) ? readdirSync(place).filter((each) => !made.has(each)) : [];
  if (gone.length > 0) console.log(`   of an earlier run, and taken away: ${gone.join(', ')}`);
  rmSync(place, { recursive: true, force: true });
  cpSync(out, place, { recursive: true, preserveTimestamps: true });
}

/** As `sha256sum -c` reads them. */
function sums(out: string, files: readonly string[]): string {
  return [...files]
    .sort()
    .map(
      (file) =>
        `${createHash('sha256')
          .update(readFileSync(path.join(out, file)))
          .digest('hex')}  ${file}\n`,
    )
    .join('');
}

/** Sets the version everywhere and commits it. Throws with what to do where it cannot, and changes nothing then. */
export async function setVersion(root: string, to: string, today: Date): Promise<void> {
  if (!isVersion(to)) throw new Error(`'${to}' is no version; want one like 0.2.0 or 1.0.0-rc.1`);
  await refuseChanges(root);
  const from = versionOf(root);
  const changelog = readFileSync(path.join(root, 'CHANGELOG.md'), 'utf8');
  const closed = closeUnreleased(changelog, to, today.toISOString().slice(0, 10));
  const tracked = (await git(root, 'ls-files')).split('\n');
  const changed = tracked
    .filter((file) => file !== '' && mayNameVersion(file))
    .flatMap((file) => {
      const text = readFileSync(path.join(root, file), 'utf8');
      const next = withVersion({ file, text }, from, to);
      return next === text ? [] : [{ file, next }];
    });
  for (const { file, next } of [{ file: 'CHANGELOG.md', next: closed }, ...changed])
    writeFileSync(path.join(root, file), next);
  try {
    await git(root, 'commit', '--quiet', '--all', '--message', `release: ${to}`);
  } catch (error) {
    await git(root, 'reset', '--quiet', '--hard');
    throw error;
  }
  console.log(
    `${from} → ${to} in ${String(changed.length)} files, committed. Next: npm test, npm run release, git tag v${to}`,
  );
}

// What git says of the repository: its state, and when its last commit was made; and its version.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { runCommand } from '@celery-watch/testbed';

export const versionOf = (root: string): string =>
  (JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }).version;

export function git(root: string, ...args: readonly string[]): Promise<string> {
  return runCommand('git', args, { cwd: root, within: 0 });
}

/** Rejects where anything is not committed: what is made must be what a commit says. */
export async function refuseChanges(root: string): Promise<void> {
  const changes = await git(root, 'status', '--porcelain');
  if (changes === '') return;
  const lines = changes.split('\n');
  const more = lines.length > 10 ? `\n… and ${String(lines.length - 10)} more` : '';
  throw new Error(
    `the tree is not clean; commit these changes or put them away (git stash -u), then try again:\n` +
      `${lines.slice(0, 10).join('\n')}${more}`,
  );
}

/** When the last commit was made, epoch seconds; SOURCE_DATE_EPOCH where that is set. Rejects outside a repository. */
export async function commitTime(root: string): Promise<number> {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  return Number(await git(root, 'log', '-1', '--format=%ct'));
}

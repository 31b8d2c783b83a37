// What git says of the repository: its state, and when its last commit was made.
import { spawnSync } from 'node:child_process';

export function git(root: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}

/** Throws where anything is not committed: what is made must be what a commit says. */
export function refuseChanges(root: string): void {
  const changes = git(root, 'status', '--porcelain').trimEnd();
  if (changes === '') return;
  const lines = changes.split('\n');
  const more = lines.length > 10 ? `\n… and ${String(lines.length - 10)} more` : '';
  throw new Error(
    `the tree is not clean; commit these changes or put them away (git stash -u), then try again:\n` +
      `${lines.slice(0, 10).join('\n')}${more}`,
  );
}

/** When the last commit was made, epoch seconds; SOURCE_DATE_EPOCH where that is set. Throws outside a repository. */
export function commitTime(root: string): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  return Number(git(root, 'log', '-1', '--format=%ct'));
}

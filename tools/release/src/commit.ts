// What git knows of the state that is released.
import { spawnSync } from 'node:child_process';

/** When the last commit was made, epoch seconds; SOURCE_DATE_EPOCH where that is set. Throws outside a repository. */
export function commitTime(root: string): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  const { status, stdout, stderr } = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`git log: ${stderr}Outside a git repository, set SOURCE_DATE_EPOCH (epoch seconds)`);
  return Number(stdout);
}

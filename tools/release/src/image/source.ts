// Which source the images are made of: what their labels say, and the date that everything in them bears.
import { spawnSync } from 'node:child_process';

export interface Source {
  /** The commit, with `-dirty` where files differ from it; `unknown` outside of a repository. */
  readonly revision: string;
  /** RFC 3339. */
  readonly created: string;
  /** The same in seconds since 1970. */
  readonly date: number;
}

/** Of the commit and not of now, so that the same source gives the same image. */
export function sourceOf(root: string, now: () => number): Source {
  const git = (...words: readonly string[]): string =>
    spawnSync('git', ['-C', root, ...words], { encoding: 'utf8' }).stdout.trim();
  const [commit = '', seconds = ''] = git('log', '-1', '--format=%H %ct').split(' ');
  const date = seconds === '' ? Math.floor(now() / 1000) : Number(seconds);
  const created = new Date(date * 1000).toISOString().replace('.000Z', 'Z');
  if (commit === '') return { revision: 'unknown', created, date };
  return { revision: git('status', '--porcelain') === '' ? commit : `${commit}-dirty`, created, date };
}

// Archives that are the same, byte by byte, whoever makes them of the same files.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/**
 * A .tar.gz of a folder, in which everything is root's and of one time. Throws with tar's words.
 * @param made epoch seconds
 */
export function archive(folder: string, into: string, made: number): void {
  const same = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go+rX,go-w'];
  const run = spawnSync(
    'tar',
    [
      '--create',
      `--file=${into}`,
      '--use-compress-program=gzip -n',
      '--format=gnu',
      ...same,
      `--mtime=@${made}`,
      '-C',
      path.dirname(folder),
      path.basename(folder),
    ],
    { encoding: 'utf8' },
  );
  if (run.status !== 0) throw new Error(`tar: ${run.error?.message ?? run.stderr}`);
}

// What a folder takes on the disk.
import { spawnSync } from 'node:child_process';

/** As `du` counts it: `37.4 MB`. Throws where the folder is not there. */
export function folderSize(folder: string): string {
  const { status, stdout, stderr } = spawnSync('du', ['-sk', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return `${((Number.parseInt(stdout, 10) * 1024) / 1e6).toFixed(1)} MB`;
}

// What a folder takes on the disk.
import { runCommand } from '@celery-watch/testbed';

/** As `du` counts it: `37.4 MB`. Rejects where the folder is not there. */
export async function folderSize(folder: string): Promise<string> {
  return `${((Number.parseInt(await runCommand('du', ['-sk', folder]), 10) * 1024) / 1e6).toFixed(1)} MB`;
}

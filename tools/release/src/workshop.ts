// Gives each way a folder of its own, says what is made there, and clears it away.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Way, Workshop } from './way.js';

/** For as long as `work` takes: a temporary folder, and one in it for what is made. */
export async function inTemporaryFolder<T>(work: (top: string, out: string) => Promise<T>): Promise<T> {
  const top = mkdtempSync(path.join(os.tmpdir(), 'celery-watch-install-'));
  const out = path.join(top, 'out');
  mkdirSync(out);
  try {
    return await work(top, out);
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

/** @param top the folder in which the way gets its own */
export async function inWorkshop<T>(
  way: Way,
  top: string,
  place: Pick<Workshop, 'root' | 'out' | 'version' | 'signal'>,
  work: (workshop: Workshop) => Promise<T>,
): Promise<T> {
  console.log(`── ${way.name}: ${way.summary}`);
  const scratch = path.join(top, way.name);
  mkdirSync(scratch);
  try {
    return await work({ ...place, scratch, say: (line) => console.log(`   ${line}`) });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

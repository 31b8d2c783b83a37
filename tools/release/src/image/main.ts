// Makes the images' archives and keeps them: `node tools/release/dist/image/main.js FOLDER`.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { REPOSITORY } from '@celery-watch/testbed';
import { IMAGE } from './image.js';

const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.once(name, () => {
    stop.abort(new Error(`stopped by ${name}`));
  });

async function keep(folder: string): Promise<void> {
  const cannot = IMAGE.cannot();
  if (cannot !== undefined) throw new Error(cannot);
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'celery-watch-image-'));
  try {
    mkdirSync(folder, { recursive: true });
    const { version } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8')) as { version: string };
    const workshop = { root: REPOSITORY, out: folder, scratch, version, say: console.log, signal: stop.signal };
    for (const file of await IMAGE.make(workshop)) console.log(path.join(folder, file));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/release/dist/image/main.js FOLDER');
  process.exitCode = 2;
} else {
  await keep(path.resolve(folder)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}

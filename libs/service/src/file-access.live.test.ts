// Who may read a file, asked of real files.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { isWorldReadable } from './file-access.js';

it("a file is everybody's by its last three bits; what is no file is nobody's", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'file-access-'));
  try {
    const path = join(folder, 'secret');
    await writeFile(path, 'x');
    const looked: boolean[] = [];
    for (const mode of [0o644, 0o604, 0o640, 0o600]) {
      await chmod(path, mode);
      looked.push(isWorldReadable(path));
    }
    expect(looked).toEqual([true, true, false, false]);
    await chmod(folder, 0o755);
    expect([isWorldReadable(folder), isWorldReadable(join(folder, 'none')), isWorldReadable('/dev/null')]).toEqual([
      false,
      false,
      false,
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

// What a process has used, and its family, while that comes and goes.
import { spawn } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { familyOf } from './process-usage.js';

it('children that end while they are looked for are none of the family, and disturb nobody', async () => {
  const parent = spawn('/bin/sh', ['-c', 'while :; do /bin/true & /bin/true & /bin/true & wait; done']);
  const pid = parent.pid as number;
  try {
    const families: number[][] = [];
    while (families.length < 500) families.push(...(await Promise.all([familyOf(pid), familyOf(pid), familyOf(pid)])));
    expect(families.every(([first]) => first === pid)).toBe(true);
    expect(families.some((family) => family.length > 1)).toBe(true);
  } finally {
    parent.kill('SIGKILL');
  }
  await expect(familyOf(2 ** 22 + 1)).rejects.toThrow('ENOENT');
});

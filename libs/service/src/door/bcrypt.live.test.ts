// bcrypt on its thread: what htpasswd, Python and Go write is understood, and this thread goes on meanwhile.
import { expect, test } from '@jest/globals';
import { hashSync } from 'bcryptjs';
import { bcryptOnThread } from './bcrypt.js';

test('compares hashes of all versions while this thread does something else', async () => {
  const compare = bcryptOnThread(100);
  const hash = hashSync('pässword', 10);
  let beats = 0;
  const beating = setInterval(() => beats++, 5);
  const given = ['$2y$', '$2a$', '$2b$'].map((version) => compare('pässword', version + hash.slice(4)));
  expect(await Promise.all([...given, compare('password', hash)])).toEqual([true, true, true, false]);
  clearInterval(beating);
  // Four comparisons of at least 20 ms each.
  expect(beats).toBeGreaterThan(4);
});

test('ends its thread when it rests, and begins another for the next password', async () => {
  const compare = bcryptOnThread(0);
  const hash = hashSync('x', 4);
  for (let round = 0; round < 5; round++) {
    expect(await compare('x', hash)).toBe(true);
    await new Promise((resolve) => void setImmediate(resolve));
  }
});

// Turns: so many at once, in their order, and fewer where there is no room.
import { expect, test } from '@jest/globals';
import { Turns } from './turns.js';

test('so many have a turn at once, the others in the order in which they came', async () => {
  const turns = new Turns(2, () => 0);
  const had: number[] = [];
  const ends = [await turns.take(), await turns.take()];
  const later = [3, 4].map(async (n) => {
    const end = await turns.take();
    had.push(n);
    return end;
  });
  await Promise.resolve();
  expect(had).toEqual([]);
  ends[0]?.();
  ends[0]?.();
  expect(await later[0]).toBeDefined();
  expect(had).toEqual([3]);
  const idle = turns.idle();
  ends[1]?.();
  (await later[0])?.();
  (await later[1])?.();
  await idle;
});

test('where there is no room for all, fewer take turns, and one more is tried after a while', async () => {
  let now = 0;
  const turns = new Turns(3, () => now);
  const first = [await turns.take(), await turns.take(), await turns.take()];
  turns.shrink(1);
  let had = 0;
  const waiting = Array.from({ length: 3 }, () =>
    turns.take().then((end) => {
      had++;
      return end;
    }),
  );
  first[0]?.();
  first[1]?.();
  await Promise.resolve();
  expect(had).toBe(0);
  first[2]?.();
  await waiting[0];
  expect(had).toBe(1);
  now = 10_000;
  const end = await turns.take();
  expect(had).toBe(1);
  end();
  await waiting[1];
  expect(had).toBe(2);
});

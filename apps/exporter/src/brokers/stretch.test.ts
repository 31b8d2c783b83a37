// When reading stops so that everything else gets its turn.
import { expect, it } from '@jest/globals';
import { Stretch } from './stretch.js';

it('a stretch of reading is over after ten milliseconds, however many pieces it is read in, and begins anew after a turn', () => {
  let now = 0;
  const turns: (() => void)[] = [];
  const stretch = new Stretch(
    () => now,
    (next) => turns.push(next),
  );
  expect(stretch.hasRunOut()).toBe(false);
  stretch.begin();
  now += 8;
  expect([stretch.isOver(), stretch.isOver()]).toEqual([false, false]);
  stretch.begin();
  now += 3;
  // Each second message looks at the clock.
  expect([stretch.isOver(), stretch.isOver(), stretch.hasRunOut()]).toEqual([false, true, true]);
  expect(turns).toHaveLength(1);
  turns[0]?.();
  expect(stretch.hasRunOut()).toBe(false);
  stretch.begin();
  expect([stretch.isOver(), stretch.isOver()]).toEqual([false, false]);
});

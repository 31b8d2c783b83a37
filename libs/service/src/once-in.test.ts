// That trouble which goes on is said at once, and then once in a while.
import { expect, it } from '@jest/globals';
import { onceIn } from './once-in.js';

it('may be said at once, and again when its time has passed', () => {
  let now = 5;
  const mayBeSaid = onceIn(1_000, () => now);
  const at = (time: number): boolean => {
    now = time;
    return mayBeSaid();
  };
  expect([5, 6, 1_004, 1_005, 1_006, 2_004, 2_005].map(at)).toEqual([true, false, false, true, false, false, true]);
});

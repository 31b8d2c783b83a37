// A process that stood still takes nothing that may be old, and goes on soon after.
import { expect, test } from '@jest/globals';
import { Standstill } from './standstill.js';

test('what is read just after a standstill may be old, whether the timer or the sockets come first', () => {
  let now = 0;
  const standstill = new Standstill(() => now);
  const pass = (ms: number): void => {
    now += ms;
    standstill.tick();
  };
  for (let second = 0; second < 10; second++) {
    pass(1_000);
    expect(standstill.isJustOver).toBe(false);
  }
  // Busy, not stopped.
  pass(3_500);
  expect(standstill.isJustOver).toBe(false);
  now += 10_000;
  expect(standstill.isJustOver).toBe(true);
  standstill.tick();
  expect(standstill.isJustOver).toBe(true);
  pass(1_000);
  expect(standstill.isJustOver).toBe(true);
  pass(1_000);
  expect(standstill.isJustOver).toBe(false);
});

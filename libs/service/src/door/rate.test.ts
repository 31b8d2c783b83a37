// rate_limit lets a burst through, and then one in each interval.
import { expect, test } from '@jest/globals';
import { RateGate } from './rate.js';

test('a burst, then one in each interval; another limit begins anew', () => {
  let now = 0;
  const gate = new RateGate(() => now);
  const limit = { intervalMs: 1_000, burst: 3 };
  const passed = (): number => Array.from({ length: 10 }, () => gate.passes(limit)).filter(Boolean).length;
  expect(passed()).toBe(3);
  now += 2_000;
  expect(passed()).toBe(2);
  now += 60_000;
  expect(passed()).toBe(3);
  expect(gate.passes({ ...limit, burst: 1 })).toBe(true);
  expect(gate.passes(undefined)).toBe(true);
});

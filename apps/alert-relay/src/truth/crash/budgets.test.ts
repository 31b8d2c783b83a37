// What counts as a budget that was not kept.
import { expect, test } from '@jest/globals';
import { budgetUses, mostWithin } from './budgets.js';

/** One each so many milliseconds. */
const each = (gap: number, count: number): number[] => Array.from({ length: count }, (_, n) => 1_000 + n * gap);

test('the most that arrived within any stretch, its end excluded', () => {
  expect(mostWithin([], 100)).toBe(0);
  expect(mostWithin([0, 50, 99, 100, 101], 100)).toBe(4);
  expect(mostWithin([0, 100, 200], 100)).toBe(1);
});

test('two that each keep a budget by themselves exceed it together', () => {
  const budget = { per_minute: 300, per_second: 5 };
  const fits = budgetUses(each(200, 600), budget);
  expect(fits).toEqual([
    { most: 295, allowed: 300 },
    { most: 45, allowed: 50 },
  ]);
  const both = [...each(200, 600), ...each(200, 600)].sort((one, other) => one - other);
  expect(budgetUses(both, budget).map(({ most, allowed }) => most > allowed)).toEqual([true, true]);
});

test('a message that was held up a moment and arrives with the next is no breach', () => {
  const times = each(200, 600).map((time, n) => (n % 300 === 7 ? time + 200 : time));
  expect(budgetUses(times, { per_minute: 300, per_second: 5 }).every(({ most, allowed }) => most <= allowed)).toBe(
    true,
  );
});

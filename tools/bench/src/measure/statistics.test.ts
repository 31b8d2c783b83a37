// Tests of medians, quantiles and intervals.
import { describe, expect, it } from '@jest/globals';
import { median, medianInterval, quantile, spread } from './statistics.js';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('quantiles', () => {
  it('lie between two neighbours', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(quantile(upTo(101), 0.99)).toBe(100);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('come with the least and the most', () => {
    expect(spread([5, 1, 3])).toEqual({ median: 3, least: 1, most: 5 });
  });
});

describe('the interval of a median', () => {
  // The well-known ranks of the sign test's interval.
  it.each([
    [5, [1, 5]],
    [6, [1, 6]],
    [9, [2, 8]],
    [12, [3, 10]],
    [20, [6, 15]],
    [30, [10, 21]],
  ])('of %d values has the ranks %j', (n, ranks) => {
    expect(medianInterval(upTo(n))).toEqual(ranks);
  });
});

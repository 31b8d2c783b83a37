// The numbers of a histogram: which bucket counts what.
import { describe, expect, it } from '@jest/globals';
import { HistogramValue } from './histogram-value.js';

function observed(
  bounds: readonly number[],
  values: readonly number[],
): { counts: number[]; sum: number; count: number } {
  const value = new HistogramValue(bounds);
  for (const each of values) value.observe(each);
  return { counts: [...value.counts], sum: value.sum, count: value.count };
}

describe('a histogram value', () => {
  it('starts with nothing', () => {
    expect(observed([1, 2], [])).toEqual({ counts: [0, 0, 0], sum: 0, count: 0 });
  });

  it("counts a value that equals a bound in that bound's bucket", () => {
    expect(observed([1, 2, 4], [1, 2, 4])).toEqual({ counts: [1, 1, 1, 0], sum: 7, count: 3 });
  });

  it('counts what is above all bounds in the last place', () => {
    expect(observed([1, 2], [2.0001, 1e9]).counts).toEqual([0, 0, 2]);
  });

  it('finds the same bucket as a look at one bound after the other, for any number of bounds', () => {
    for (let size = 1; size <= 20; size++) {
      const bounds = Array.from({ length: size }, (_, i) => i + 1);
      for (let value = 0; value <= size + 1; value += 0.5) {
        const wanted = bounds.findIndex((bound) => value <= bound);
        expect(observed(bounds, [value]).counts.indexOf(1)).toBe(wanted < 0 ? size : wanted);
      }
    }
  });

  it('counts a negative value as 0, so that the sum does not fall', () => {
    expect(observed([1], [3, -5])).toEqual({ counts: [1, 1], sum: 3, count: 2 });
  });

  it('adds what another one has counted', () => {
    const [one, other] = [new HistogramValue([1, 10]), new HistogramValue([1, 10])];
    for (const value of [0.5, 5]) one.observe(value);
    for (const value of [1, 50, 5]) other.observe(value);
    one.add(other);
    expect([[...one.counts], one.sum, one.count]).toEqual([[2, 2, 1], 61.5, 5]);
    expect([[...other.counts], other.sum, other.count]).toEqual([[1, 1, 1], 56, 3]);
  });

  it('can be read by fewer of its bounds, and stays what it is', () => {
    const fine = new HistogramValue([0.1, 1, 2, 10, 60]);
    for (const value of [0.05, 0.5, 1, 1.5, 5, 30, 100]) fine.observe(value);
    const coarse = fine.by([1, 10]);
    expect([[...coarse.counts], coarse.sum, coarse.count]).toEqual([[3, 2, 2], fine.sum, 7]);
    expect([...fine.by([60]).counts]).toEqual([6, 1]);
    expect(fine.by([0.1, 1, 2, 10, 60])).toBe(fine);
    expect([...fine.counts]).toEqual([1, 2, 1, 1, 1, 1]);
  });

  it('ignores what is no measurement', () => {
    expect(observed([1], [NaN, Infinity, -Infinity])).toEqual({ counts: [0, 0], sum: 0, count: 0 });
  });

  it.each([[[]], [[1, 1]], [[2, 1]], [[1, Infinity]], [[NaN]]])('refuses the bounds %p', (bounds) => {
    expect(() => new HistogramValue(bounds)).toThrow(RangeError);
  });
});

// Tests of the comparison between what was sent and what was counted.
import { describe, expect, it } from '@jest/globals';
import { loss } from './lost-events.js';

describe('the loss', () => {
  it('is nothing when all counts are equal, types that neither has seen included', () => {
    expect(loss({ a: 3, b: 0 }, { a: 3, c: 0 })).toEqual({ lost: 0, differences: [] });
  });

  it('names each type that differs, and does not let a surplus hide a loss', () => {
    expect(loss({ a: 3, b: 1 }, { a: 1, b: 3 })).toEqual({
      lost: 2,
      differences: ['a: sent 3, counted 1', 'b: sent 1, counted 3'],
    });
  });

  it('leaves out what a consumer does not count', () => {
    expect(loss({ a: 3, b: 1 }, { a: 3 }, (type) => type !== 'b').lost).toBe(0);
  });
});

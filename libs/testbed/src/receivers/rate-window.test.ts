// How servers count.
import { describe, expect, it } from '@jest/globals';

import { RateWindow } from './rate-window.js';

describe('a rate window', () => {
  it('allows so many within its time, and then one for each that has left it', () => {
    const rate = new RateWindow([{ count: 2, withinMs: 1000 }]);
    expect([rate.take(0), rate.take(400)]).toEqual([{ allowed: true }, { allowed: true }]);
    expect(rate.take(900)).toEqual({ allowed: false, waitMs: 100 });
    expect(rate.take(1000)).toEqual({ allowed: true });
    expect(rate.take(1399)).toEqual({ allowed: false, waitMs: 1 });
  });

  it('holds all of its rules', () => {
    const rate = new RateWindow([
      { count: 1, withinMs: 10 },
      { count: 2, withinMs: 1000 },
    ]);
    expect([0, 5, 10, 20].map((at) => rate.take(at).allowed)).toEqual([true, false, true, false]);
  });

  it('shuts the door after one too many, for as long as the penalty lasts', () => {
    const rate = new RateWindow([{ count: 1, withinMs: 1000, penaltyMs: 10_000 }]);
    rate.take(0);
    expect(rate.take(500)).toEqual({ allowed: false, waitMs: 10_000 });
    expect(rate.take(10_499)).toEqual({ allowed: false, waitMs: 1 });
    expect(rate.take(10_500)).toEqual({ allowed: true });
  });
});

// Who is taken for gone, and who is not, by what was seen of their numbers.
import { describe, expect, it } from '@jest/globals';
import { HolderWatch } from './holder-watch.js';

const LIMITS = { goneAfterMs: 15_000, longestGapMs: 9_000 };

/** Looks every 3 s; a number of beats for each look, `null`: the look failed. */
function goneAt(beats: readonly (number | null)[]): number | undefined {
  const watch = new HolderWatch(LIMITS);
  const at = beats.findIndex((beat, i) => beat !== null && watch.look([{ id: 'other', beat }], i * 3_000).length > 0);
  return at === -1 ? undefined : at * 3;
}

describe('a relay that is watched', () => {
  it('is gone after fifteen seconds at the same number', () => {
    expect(goneAt([4, 5, 5, 5, 5, 5, 5, 5])).toBe(18);
    expect(goneAt([5, 5, 5, 5, 5])).toBeUndefined();
  });

  it('lives while its number grows, however slowly', () => {
    expect(goneAt([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4])).toBeUndefined();
  });

  it('is judged anew after an outage or a standstill of whoever looks', () => {
    expect(goneAt([5, 5, 5, 5, null, null, null, 5, 5, 5, 5])).toBeUndefined();
    expect(goneAt([5, 5, 5, 5, null, null, null, 5, 5, 5, 5, 5, 5])).toBe(36);
    expect(goneAt([5, 5, 5, null, 5, 5])).toBe(15);
  });

  it('is forgotten with its row, and begins anew with another', () => {
    const watch = new HolderWatch(LIMITS);
    for (const now of [0, 5_000, 10_000]) expect(watch.look([{ id: 'a', beat: 1 }], now)).toEqual([]);
    expect(watch.look([], 14_000)).toEqual([]);
    expect(watch.look([{ id: 'a', beat: 1 }], 16_000)).toEqual([]);
    expect(
      watch.look(
        [
          { id: 'a', beat: 1 },
          { id: 'b', beat: 1 },
        ],
        24_000,
      ),
    ).toEqual([]);
    expect(watch.look([{ id: 'a', beat: 1 }], 31_000)).toEqual([{ id: 'a', beat: 1 }]);
  });
});

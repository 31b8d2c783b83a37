// Notes that hold moments move with the time of the store; everything else in them stays.
import { describe, expect, it } from '@jest/globals';
import { noteMoved } from './moved-rows.js';

const now = 1_790_000_000_000;
const moved = (text: string): string => noteMoved(text, { shift: 60_000, now });

describe('a note of a store that is moved', () => {
  it.each([
    [String(now), String(now + 60_000)],
    [`[${now - 5},${now}]`, `[${now + 59_995},${now + 60_000}]`],
    [
      `{"sent":[${now}],"count":12,"pausedUntil":0,"forMs":900000,"name":"${now}"}`,
      `{"sent":[${now + 60_000}],"count":12,"pausedUntil":0,"forMs":900000,"name":"${now}"}`,
    ],
    ['no JSON', 'no JSON'],
    ['', ''],
    ['null', 'null'],
  ])('%s becomes %s', (before, after) => {
    expect(moved(before)).toBe(after);
  });
});

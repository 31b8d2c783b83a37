// Moments and durations in languages and time zones, also on the days on which clocks change.
import { describe, expect, test } from '@jest/globals';
import { createTimes } from './languages.js';

const utc = (text: string): number => Date.parse(text);

describe('a moment', () => {
  const NOW = utc('2026-11-24T02:36:00Z');

  test.each([
    ['en', 'Asia/Shanghai', '2026-11-24T02:02:00Z', '10:02'],
    ['zh-CN', 'Asia/Shanghai', '2026-11-24T02:02:00Z', '10:02'],
    ['en', 'UTC', '2026-11-24T00:00:00Z', '00:00'],
    ['en', 'America/New_York', '2026-11-24T02:02:00Z', '21:02'],
    ['en', 'Asia/Kolkata', '2026-11-24T02:02:00Z', '07:32'],
    ['en', 'Asia/Shanghai', '2026-11-23T15:59:00Z', '23 Nov 23:59'],
    ['zh-CN', 'Asia/Shanghai', '2026-11-23T15:59:00Z', '11月23日 23:59'],
    ['en', 'Asia/Shanghai', '2025-12-31T16:00:00Z', '1 Jan 00:00'],
    ['en', 'Asia/Shanghai', '2025-12-31T15:59:00Z', '31 Dec 2025 23:59'],
    ['zh-CN', 'Asia/Shanghai', '2025-12-31T15:59:00Z', '2025年12月31日 23:59'],
  ] as const)('in %s and %s: %s is %s', (locale, zone, moment, said) => {
    expect(createTimes(locale, zone).at(utc(moment), NOW)).toBe(said);
  });

  test('that is no time is none', () => {
    const { at } = createTimes('en', 'UTC');
    for (const moment of [Date.parse('0001-01-01T00:00:00Z'), 0, -1, NaN, Infinity, 9e15])
      expect(at(moment, NOW)).toBeUndefined();
  });

  test('before the clocks changed says its offset, since the hour may come twice', () => {
    const { at, span } = createTimes('en', 'Europe/Berlin');
    const [before, after] = [utc('2026-10-25T00:30:00Z'), utc('2026-10-25T01:30:00Z')];
    expect([at(before, after), at(after, after)]).toEqual(['02:30 GMT+2', '02:30']);
    expect(span(after - before)).toBe('1 hr');
    expect(at(utc('2026-03-29T00:59:00Z'), utc('2026-03-29T01:00:00Z'))).toBe('01:59 GMT+1');
  });
});

test.each([
  [-5_000, '0 sec', '0 秒'],
  [59_999, '59 sec', '59 秒'],
  [60_000, '1 min', '1 分钟'],
  [34 * 60_000 + 59_000, '34 min', '34 分钟'],
  [3_600_000, '1 hr', '1 小时'],
  [2 * 3_600_000 + 5 * 60_000, '2 hr 5 min', '2 小时 5 分钟'],
  [86_400_000, '1 day', '1 天'],
  [3 * 86_400_000 + 4 * 3_600_000 + 59 * 60_000, '3 days 4 hr', '3 天 4 小时'],
  [NaN, '0 sec', '0 秒'],
])('%d ms is %s, %s', (ms, en, zh) => {
  expect([createTimes('en', 'UTC').span(ms), createTimes('zh-CN', 'UTC').span(ms)]).toEqual([en, zh]);
});

test('numbers are grouped', () => {
  expect(createTimes('en', 'UTC').count(4_312)).toBe('4,312');
  expect(createTimes('zh-CN', 'UTC').count(10_000)).toBe('10,000');
});

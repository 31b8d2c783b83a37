// ETAs: the moment that a worker takes a text for, the same on a machine of any time zone (this runs in several).
import { describe, expect, it } from '@jest/globals';
import { etaSeconds } from './eta.js';

describe('etaSeconds', () => {
  it.each([
    ['2026-11-23T16:29:53.725609+00:00', '2026-11-23T16:29:53.725609Z'],
    ['2026-11-23T16:29:53+09:00', '2026-11-23T07:29:53Z'],
    ['2026-11-23T16:29:53-05:30', '2026-11-23T21:59:53Z'],
    ['2026-11-23T16:29:53Z', '2026-11-23T16:29:53Z'],
    ['2026-11-23T16:29:53z', '2026-11-23T16:29:53Z'],
    ['2026-11-23T16:29:53+0900', '2026-11-23T07:29:53Z'],
    ['2026-11-23T16:29:53+09', '2026-11-23T07:29:53Z'],
    ['2026-11-23 16:29:53 +09:00', '2026-11-23T07:29:53Z'],
    ['20261123T162953+0900', '2026-11-23T07:29:53Z'],
    ['2026-11-23T16:29', '2026-11-23T16:29:00Z'],
    ['2026-11-23', '2026-11-23T00:00:00Z'],
    ['2024-02-29T24:00:00Z', '2024-03-01T00:00:00Z'],
    // Naive, in the hour that New York skips and in the one that it has twice: UTC knows neither.
    ['2026-03-08T02:30:00.5', '2026-03-08T02:30:00.5Z'],
    ['2026-11-01T01:30:00', '2026-11-01T01:30:00Z'],
    ['2026-07-01T12:00:00.123456', '2026-07-01T12:00:00.123456Z'],
  ])('%s is %s', (eta, moment) => {
    expect(etaSeconds(eta)).toBeCloseTo(Date.parse(moment) / 1000, 2);
  });

  it('keeps the microseconds', () => {
    expect(etaSeconds('1970-01-01T00:00:01.725609')).toBe(1.725609);
  });

  it.each([
    '',
    'tomorrow',
    '7',
    '2026',
    '2026-11',
    '2026-13-01T00:00:00',
    '2026-00-01',
    '2026-02-31T00:00:00',
    '2026-04-31',
    '2026-11-23T25:00:00',
    '2026-11-23T16:60:00',
    ' 2026-11-23T16:29:53',
    'x'.repeat(1e6),
    'Mon Nov 23 2026 16:29:53',
  ])('%s is none', (eta) => {
    expect(etaSeconds(eta)).toBeUndefined();
  });
});

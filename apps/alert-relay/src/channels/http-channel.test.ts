// Statuses that mean the same everywhere, and how long to wait.
import { describe, expect, it } from '@jest/globals';
import { byServersClock, judgeStatus, pauseOf } from './http-channel.js';
import { NOW } from './testing.js';

const say = (text: string): string => text;

describe('Retry-After', () => {
  it.each([
    ['30', 'Tue, 24 Nov 2026 02:36:20 GMT', '30'],
    ['Tue, 24 Nov 2026 02:37:20 GMT', 'Tue, 24 Nov 2026 02:36:20 GMT', '60'],
    ['Tue, 24 Nov 2026 02:35:20 GMT', 'Tue, 24 Nov 2026 02:36:20 GMT', '0'],
    ['Tue, 24 Nov 2026 02:37:20 GMT', undefined, 'Tue, 24 Nov 2026 02:37:20 GMT'],
    // Another form of a date in HTTP names no zone, and is UTC.
    ['Tue Nov 24 02:37:20 2026', 'Tue, 24 Nov 2026 02:36:20 GMT', '60'],
    ['soon', 'Tue, 24 Nov 2026 02:36:20 GMT', 'soon'],
    ['-1', 'Tue, 24 Nov 2026 02:36:20 GMT', '-1'],
    [undefined, 'Tue, 24 Nov 2026 02:36:20 GMT', undefined],
  ])('%s in an answer of %s is %s by the clock of its server', (retryAfter, date, wanted) => {
    expect(byServersClock(retryAfter, date)).toBe(wanted);
  });

  it.each([
    ['30', 30_000],
    ['0', 0],
    ['1.5', 1500],
    [' 7 ', 7000],
    [new Date(NOW + 90_000).toUTCString(), 90_000],
    [new Date(NOW - 90_000).toUTCString(), 0],
    // The third form of a date in HTTP names no zone, and is UTC.
    ['Sun Nov  6 08:49:37 1994', 0],
    [new Date(NOW + 90_000).toUTCString().replace(/^(...), (..) (...) (....) (.*) GMT$/, '$1 $3 $2 $5 $4'), 90_000],
    ['99999999', 3_600_000],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s ms', (header, ms) => {
    expect(pauseOf(header, NOW)).toBe(ms);
  });
});

describe('a status', () => {
  it.each([
    [429, 'retry', 'rate_limited'],
    [500, 'retry', 'server_error'],
    [503, 'retry', 'server_error'],
    [502, 'ambiguous', 'server_error'],
    [504, 'ambiguous', 'server_error'],
    [408, 'retry', 'timeout'],
    [413, 'permanent', 'too_large'],
    [301, 'retry', 'not_understood'],
    [307, 'retry', 'not_understood'],
  ])('%s is %s, %s, whatever the body says', (status, kind, reason) => {
    for (const body of ['ok', '', '<html>', '{"errcode":0}']) {
      expect(judgeStatus({ kind: 'answered', status, retryAfter: undefined, body }, NOW, say)).toMatchObject({
        kind,
        reason,
      });
    }
  });

  it('of 429 silences the whole channel for as long as it says', () => {
    expect(judgeStatus({ kind: 'answered', status: 429, retryAfter: '30', body: 'slow' }, NOW, say)).toEqual({
      kind: 'retry',
      reason: 'rate_limited',
      afterMs: 30_000,
      wholeChannel: true,
      detail: 'HTTP 429: slow',
    });
  });

  it("of success or of another refusal is the channel's to judge, unless a page came with it", () => {
    for (const status of [200, 204, 400, 401, 403, 404, 410]) {
      expect(judgeStatus({ kind: 'answered', status, retryAfter: undefined, body: 'ok' }, NOW, say)).toBeUndefined();
      expect(
        judgeStatus({ kind: 'answered', status, retryAfter: undefined, body: '\n<!DOCTYPE html><p>' }, NOW, say),
      ).toMatchObject({ kind: status < 300 ? 'ambiguous' : 'retry', reason: 'not_understood' });
    }
  });
});

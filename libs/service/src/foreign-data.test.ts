// What is a record, how texts are clipped, and which moment a date means wherever it is read.
import { expect, test } from '@jest/globals';
import { clip, isRecord, parseTime } from './foreign-data.js';

test('clips between characters', () => {
  expect(clip('abcdef', 6)).toBe('abcdef');
  expect(clip('abcdef', 5)).toBe('abcd…');
  expect(clip('ab🔥cd', 4)).toBe('ab…');
  expect(clip('ab🔥cd', 5)).toBe('ab🔥…');
});

test('a record is an object with keys', () => {
  expect([{}, { a: 1 }, Object.create(null)].map(isRecord)).toEqual([true, true, true]);
  expect([null, undefined, [], 'text', 1].map(isRecord)).toEqual([false, false, false, false, false]);
});

test.each([
  ['2026-08-22T10:05:00Z', '2026-08-22T10:05:00.000Z'],
  ['2026-08-22T10:05:00.123456789+08:00', '2026-08-22T02:05:00.123Z'],
  ['2026-08-22T10:05:00', '2026-08-22T10:05:00.000Z'],
  ['2026-08-22 10:05:00', '2026-08-22T10:05:00.000Z'],
  ['2026-08-22', '2026-08-22T00:00:00.000Z'],
  // No such hour in New York, and one that is there twice.
  ['2026-03-08T02:30:00', '2026-03-08T02:30:00.000Z'],
  ['2026-11-01T01:30:00', '2026-11-01T01:30:00.000Z'],
  // The three forms of a date in HTTP: https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats
  ['Sun, 06 Nov 1994 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
  ['Sunday, 06-Nov-94 08:49:37 GMT', '1994-11-06T08:49:37.000Z'],
  ['Sun Nov  6 08:49:37 1994', '1994-11-06T08:49:37.000Z'],
  ['Sun, 06 Nov 1994 08:49:37 EST', '1994-11-06T13:49:37.000Z'],
  ['Sun Nov 06 1994 08:49:37 GMT+0800 (China Standard Time)', '1994-11-06T00:49:37.000Z'],
])('%s is %s in any zone', (text, moment) => {
  expect(new Date(parseTime(text)).toISOString()).toBe(moment);
});

test('what is no date is no time, however long it is', () => {
  for (const text of ['', 'soon', '2026-13-45T00:00:00', '+0000('.repeat(1_000_000)]) expect(parseTime(text)).toBeNaN();
});

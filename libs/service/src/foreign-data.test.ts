// What is a record, and how texts are clipped.
import { expect, test } from '@jest/globals';
import { clip, isRecord } from './foreign-data.js';

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

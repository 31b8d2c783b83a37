// Numbers, durations and lists as people say them.
import { describe, expect, it } from '@jest/globals';
import { ago, code, count, counted, cut, percent, some, span } from './wording.js';

describe('a duration', () => {
  it.each([
    [-3, 'less than 1 s'],
    [0.4, 'less than 1 s'],
    [1, '1 s'],
    [59.9, '59 s'],
    [60, '1 min'],
    [192, '3 min 12 s'],
    [3600, '1 h'],
    [3659, '1 h'],
    [15_120, '4 h 12 min'],
    [86_400, '1 d'],
    [273_600, '3 d 4 h'],
    [86_400 * 400, '400 d'],
    [Number.NaN, 'an unknown time'],
    [Infinity, 'an unknown time'],
  ])('of %d s is %s', (seconds, words) => {
    expect(span(seconds)).toBe(unbroken(words));
  });

  it('that has passed is told from now', () => {
    expect([ago(undefined), ago(0.2), ago(-1), ago(192)]).toEqual([
      'never',
      'just now',
      'just now',
      `${unbroken('3 min 12 s')} ago`,
    ]);
  });
});

describe('a number', () => {
  it('is grouped, and its noun fits it', () => {
    expect([count(1_234_567), counted(0, 'worker'), counted(1, 'worker'), counted(12_345, 'worker')]).toEqual([
      '1,234,567',
      '0 workers',
      '1 worker',
      '12,345 workers',
    ]);
  });

  it('as a share never rounds something to nothing, nor a part to all', () => {
    expect([
      percent(0, 0),
      percent(0, 5),
      percent(1, 1000),
      percent(144, 1056),
      percent(999, 1000),
      percent(5, 5),
    ]).toEqual(['0 %', '0 %', 'below 1 %', '14 %', 'above 99 %', '100 %']);
  });
});

describe('names in a sentence', () => {
  const letters = 'abcdefghij'.split('');

  it('are joined, and many of them are cut', () => {
    expect(some([], code)).toBe('');
    expect(some(['a'], code)).toBe('`a`');
    expect(some(['a', 'b', 'c'], code)).toBe('`a`, `b` and `c`');
    expect(some(letters, code)).toBe('`a`, `b`, `c`, `d`, `e` and 5 more');
    expect(some(letters.slice(0, 4), code, 2)).toBe('`a`, `b` and 2 more');
  });

  it('are never followed by "1 more": that one is said', () => {
    expect(some(letters.slice(0, 6), code)).toBe('`a`, `b`, `c`, `d`, `e` and `f`');
  });

  it('cannot end the mark that they stand in', () => {
    expect(code('a`b`')).toBe("`a'b'`");
  });

  it('are cut when they are long, never inside a letter', () => {
    expect(cut('x'.repeat(4000))).toBe(`${'x'.repeat(119)}…`);
    expect(cut('x'.repeat(120))).toHaveLength(120);
    expect(cut('abc𝒳def', 5)).toBe('abc…');
  });
});

function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00A0');
}

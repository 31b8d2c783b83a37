// Which rooms are tested in other time zones, and the pattern that jest gets for them.
import { describe, expect, it } from '@jest/globals';
import { patternOf, roomsThatKnowDates } from './rooms.js';

describe('rooms that know dates', () => {
  it('are those of code that makes, reads or formats dates, and of tests that do', () => {
    const texts: Readonly<Record<string, string>> = {
      'apps/a/src/clock/now.ts': 'const now = () => Date.now() / 1000;',
      'apps/a/src/read/eta.ts': 'return Date.parse(text);',
      'apps/a/src/read/other.ts': 'export {};',
      'apps/a/src/main.ts': 'new Date(at).toISOString()',
      'apps/b/src/render/words.ts': "new Intl.DateTimeFormat('en')",
      'apps/b/src/render/deep/plain.ts': 'updated(); const Dates = 1;',
      'libs/c/src/text.test.ts': "parseTime('soon')",
      'libs/c/src/wire/x.ts': 'etaSeconds(eta)',
    };
    expect(roomsThatKnowDates(Object.entries(texts).map(([path, text]) => ({ path, text })))).toEqual([
      'apps/a/src',
      'apps/a/src/read',
      'apps/b/src/render',
      'libs/c/src',
      'libs/c/src/wire',
    ]);
  });
});

describe('the pattern', () => {
  it('fits the compiled tests of a room alone', () => {
    const pattern = new RegExp(patternOf(['apps/a/src/read', 'libs/c.d/src']));
    const fits = (path: string): boolean => pattern.test(`/home/me/it/${path}`);
    expect(['apps/a/dist/read/eta.test.js', 'libs/c.d/dist/x.test.js'].every(fits)).toBe(true);
    expect(
      [
        'apps/a/dist/read/deep/x.test.js',
        'apps/a/dist/x.test.js',
        'libs/cxd/dist/x.test.js',
        'apps/a/dist/read/x.js',
      ].some(fits),
    ).toBe(false);
  });
});

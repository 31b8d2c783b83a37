// JSON as Python writes it: bare words outside of strings, any text inside of them, and no text that takes long.
import { describe, expect, it } from '@jest/globals';
import { parseJson } from './body.js';
import { Refusal } from './refusal.js';

describe('parseJson', () => {
  it.each([
    ['NaN', null],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    ['[NaN, Infinity,-Infinity ,NaN]', [null, Infinity, -Infinity, null]],
    ['{"a":NaN,"b":{"c":-Infinity}}', { a: null, b: { c: -Infinity } }],
    ['["NaN", NaN, "-Infinity"]', ['NaN', null, '-Infinity']],
    ['["a\\"NaN", NaN]', ['a"NaN', null]],
    ['["\\\\", NaN, "\\\\"]', ['\\', null, '\\']],
    ['["\\\\\\"NaN, ", NaN]', ['\\"NaN, ', null]],
    ['{"NaN":NaN,"x":"Infinity: NaN, \\"NaN\\""}', { NaN: null, x: 'Infinity: NaN, "NaN"' }],
    ['[NaN,"é NaN 漢 \\u00e9",NaN]', [null, 'é NaN 漢 é', null]],
    ['["", NaN, ""]', ['', null, '']],
  ])('reads %s', (text, value) => {
    expect(parseJson(text)).toEqual(value);
  });

  it('reads numbers of any size as the nearest that there is', () => {
    expect(parseJson(`[${String(2n ** 70n)}, 1e400, -1e400, 1e-400, 0.1, 9007199254740993, NaN]`)).toEqual([
      2 ** 70,
      Infinity,
      -Infinity,
      0,
      0.1,
      2 ** 53,
      null,
    ]);
    expect(parseJson('9'.repeat(10_000))).toBe(Infinity);
  });

  it('keeps lone surrogates and control characters that were escaped', () => {
    expect(parseJson('["\\ud800x", "\\udc00", "\\u0000", NaN]')).toEqual(['\ud800x', '\udc00', '\u0000', null]);
  });

  it.each([
    '',
    'nan',
    'NaN1',
    '1NaN',
    'NaNNaN',
    '-nan',
    'inf',
    'Infinit',
    '--Infinity',
    '[NaN',
    '[NaN,]',
    '{NaN: 1}',
    '"NaN',
    '["\\',
    '["\\"]',
    "['NaN']",
    'None',
    'True',
    'undefined',
    '[1e]',
    '[NaN]x',
    '-',
    '+Infinity',
    '_NaN',
  ])('refuses %j', (text) => {
    const refusal = parseJson(text);
    expect(refusal).toBeInstanceOf(Refusal);
    expect((refusal as Refusal).reason).toBe('not_json');
  });

  it('gives an own property for __proto__ and leaves the prototype alone', () => {
    const value = parseJson('{"__proto__": {"polluted": NaN}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('refuses millions of values in few bytes, before one of them is made, and takes as long a text', () => {
    for (const unit of ['{},', '[],', '1,', '"",', '{"":0},', '[', '{"a":', '{}x']) {
      const refusal = parseJson(`[${unit.repeat(4_000_000)}1]`);
      expect(refusal).toEqual(expect.objectContaining({ reason: 'too_large' }));
    }
    expect(parseJson(`["${',[{'.repeat(3_000_000)}", NaN]`)).toHaveLength(2);
    expect(parseJson(`[${'1,'.repeat(200_000)}1${' '.repeat(1_000_000)}]`)).toHaveLength(200_001);
  });

  it('refuses a message of ten megabytes that is all keys, which takes hundreds of megabytes once it is parsed', () => {
    const keys = Array.from({ length: 700_000 }, (_, n) => `"k${n}":1`).join(',');
    expect(parseJson(`{${keys}}`)).toEqual(expect.objectContaining({ reason: 'too_large' }));
  });

  const long: Readonly<Record<string, string>> = {
    'escaped quotes in a string that never ends': '"' + '\\"'.repeat(1_000_000),
    backslashes: '"' + '\\'.repeat(2_000_000),
    'escaped backslashes': `["${'\\\\'.repeat(1_000_000)}", NaN]`,
    quotes: '"'.repeat(2_000_000),
    strings: `[${'"aaaaaaaa",'.repeat(200_000)}NaN]`,
    words: `[${'-Infinity,'.repeat(200_000)}NaN]`,
    'words in a string': `["${'NaN '.repeat(500_000)}", NaN]`,
    'minus signs': '-'.repeat(2_000_000),
    brackets: '['.repeat(1_000_000),
    'a string of escapes, with a bare word': `["${'\\n'.repeat(4_000_000)}", NaN]`,
  };
  for (const [what, text] of Object.entries(long)) {
    it(`ends soon with megabytes of ${what}`, () => {
      const start = performance.now();
      const refused = parseJson(text) instanceof Refusal;
      expect(performance.now() - start).toBeLessThan(3000);
      expect(refused).toBe(!text.endsWith('NaN]'));
    });
  }
});

// Signs that only look like YAML's: each is named with its place, in the exporter's file and in any other.
import { describe, expect, it } from '@jest/globals';
import { problemsText } from './problem.js';
import { file, problemsWith } from './testing.js';
import { parseYamlFile } from './yaml-file.js';

const said = (text: string): string => problemsText(parseYamlFile(text, 'r.yml').problems);

describe('signs that look like those of YAML', () => {
  it.each<[string, string, RegExp]>([
    [
      'a full-width colon',
      'a: 1\nlisten： 9095\n',
      /r\.yml:2:7, wanted a colon : .* a full-width colon ： \(U\+FF1A\)/,
    ],
    ['one alone in the file', 'listen：9095\n', /r\.yml:1:7, .*full-width colon/],
    ['one in braces', 'a: { name： log }\n', /r\.yml:1:10, .*full-width colon/],
    ['a full-width comma', 'a: { name: log， type: console }\n', /r\.yml:1:15, wanted a comma/],
    ['an ideographic comma', 'a: [{ name: log、 type: console }]\n', /r\.yml:1:16, wanted a comma/],
    [
      'a no-break space behind a colon',
      'a: 1\nlisten:\u00a09095\n',
      /r\.yml:2:8, wanted a space: .*no-break space \(U\+00A0\)/,
    ],
    ['one that indents', 'a:\n\u00a0 b: 1\n', /r\.yml:2:1, wanted a space/],
    ['one before a value', 'a: \u00a0b\n', /r\.yml:1:4, wanted a space/],
    ['one within a value', 'a: x\u00a0y\n', /r\.yml:1:5, wanted a space/],
    ['an ideographic space', 'a:\u30001\n', /r\.yml:1:3, wanted a space: .*ideographic space \(U\+3000\)/],
    ['a zero-width space in a key', '\u200blisten: 1\n', /r\.yml:1:1, wanted nothing there: .*zero-width space/],
    ['a byte order mark within', 'a: 1\n\ufeffb: 2\n', /r\.yml:2:1, .*byte order mark \(U\+FEFF\)/],
    ['curly quotes', 'a: “b c”\n', /r\.yml:1:4, wanted a straight quote .*curly quote “ \(U\+201C\)/],
    ['full-width quotes', 'a: ＂b＂\n', /r\.yml:1:4, wanted a straight quote/],
    ['curly quotes around a sign of YAML', 'a: “b: c”\n', /r\.yml:1:4, wanted a straight quote/],
    ['corner brackets', 'a: 「b」\n', /r\.yml:1:4, wanted a straight quote/],
    ['full-width brackets', 'a: ［b］\nc: {\n', /YAML|r\.yml/],
    ['a full-width brace', 'a: ｛ b: c ｝\n', /r\.yml:1:4, wanted a brace/],
    ['a tab that indents', 'a:\n\tb: 1\n', /r\.yml:2:1, wanted spaces: there is a tab \(U\+0009\)/],
    ['an en dash', 'a:\n– b\n', /r\.yml:2:1, wanted a dash/],
    ['bytes that are no UTF-8', 'a: x\ufffdy\n', /r\.yml:1:5, wanted a file that is saved as UTF-8/],
    ['UTF-16', 'a\u0000:\u0000 \u00001\u0000', /r\.yml, wanted a file in UTF-8/],
  ])('%s', (_, text, expected) => {
    expect(said(text)).toMatch(expected);
    expect(said(text)).not.toMatch(/\n/);
  });

  it.each([
    '\ufeffa: 1\n',
    'a: 告警：运维，“值班” <ops@example.com>\n',
    'a: "x\u00a0y“z”"\n',
    '# 配置： “x”，\u00a0\na: 1 # 说明：\n',
    'a:\t1\n',
    "a: 'it’s'\nb: it’s fine – really\n",
    'a: |\n  “text”： x\n',
  ])('leaves alone what may be meant: %j', (text) => {
    expect(said(text)).toBe('');
  });

  it('does not take a sign of another line for the cause', () => {
    expect(said('# ：\n\n\na: [1\nb: 2\n')).toMatch(/correct YAML/);
  });

  it("are told of the exporter's file", () => {
    expect(problemsText(problemsWith(file('port： 9808\n')))).toMatch(/^config: c\.yml:1:5, wanted a colon/);
    expect(problemsText(problemsWith(file('log_level:\u00a0info\n')))).toMatch(/^config: c\.yml:1:11, wanted a space/);
  });
});

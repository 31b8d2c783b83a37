// Label sets: exact text, hostile values, and what the compiler refuses.
import { metric, type MetricEntry, taskMetrics } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { labelText } from './label-text.js';

const ONE = metric('gauge', 'one', 'One label.', ['a']);
const TWO = metric('gauge', 'two', 'Two labels.', ['a', 'b']);
const NONE = metric('gauge', 'none', 'No labels.', []);

/** Reads `a="…"` as a parser does: a backslash and what follows it are one character. */
function unescape(text: string): string {
  const quoted = /^a="((?:\\[\\"n]|[^\\"\n])*)"$/.exec(text);
  if (!quoted) throw new Error(`not one well-formed label: ${text}`);
  return (quoted[1] as string).replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

describe('the text of a label set', () => {
  it('gives names and values in the order of the entry', () => {
    expect(labelText(TWO, ['x', 'y'])).toBe('a="x",b="y"');
  });

  it('is empty for an entry without labels', () => {
    expect(labelText(NONE, [])).toBe('');
  });

  it('keeps empty values', () => {
    expect(labelText(TWO, ['', ''])).toBe('a="",b=""');
  });

  it.each([
    ['a backslash', '\\', String.raw`a="\\"`],
    ['a double quote', '"', String.raw`a="\""`],
    ['a newline', '\n', String.raw`a="\n"`],
    ['a backslash before an n, which is not a newline', '\\n', String.raw`a="\\n"`],
    ['an attempt to close the braces', '"} 1\nevil{x="', String.raw`a="\"} 1\nevil{x=\""`],
    ['what needs no escape', "\r\t{}=,'#", 'a="\r\t{}=,\'#"'],
    ['an emoji', 'é 🦊', 'a="é 🦊"'],
    ['a lone high surrogate', 'x\ud83e', 'a="x\ufffd"'],
    ['a lone low surrogate', '\udd8ax', 'a="\ufffdx"'],
    ['surrogates the wrong way round', '\udd8a\ud83e', 'a="\ufffd\ufffd"'],
  ])('escapes %s', (_, value, text) => {
    expect(labelText(ONE, [value])).toBe(text);
  });

  it('reads back as the same value, and is valid UTF-8, for every short mixture of hostile characters', () => {
    const characters = ['\\', '"', '\n', 'n', '🦊', ''];
    for (const x of characters)
      for (const y of characters)
        for (const z of characters) {
          const text = labelText(ONE, [x + y + z]);
          expect(unescape(text)).toBe(x + y + z);
          expect(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text))).toBe(text);
        }
  });

  it('escapes every value of a second call as it did in the first', () => {
    expect([labelText(ONE, ['""']), labelText(ONE, ['""'])]).toEqual([String.raw`a="\"\""`, String.raw`a="\"\""`]);
  });

  it('refuses a wrong number of values with the name of the metric and of its labels', () => {
    const untyped: MetricEntry = TWO;
    expect(() => labelText(untyped, ['x'])).toThrow(new TypeError('two wants 2 label values (a, b), not 1'));
    expect(() => labelText(untyped, ['x', 'y', 'z'])).toThrow(TypeError);
  });

  it('does not compile with a wrong number of values where the entry knows its labels', () => {
    // @ts-expect-error -- three labels, two values
    expect(() => labelText(taskMetrics.tasks, ['mail.send', 'default'])).toThrow(TypeError);
    // @ts-expect-error -- one label, two values
    expect(() => labelText(ONE, ['x', 'y'])).toThrow(TypeError);
  });
});

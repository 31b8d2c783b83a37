// What strangers wrote, as a terminal gets it.
import { describe, expect, it } from '@jest/globals';
import { aligned, inLine, inLines, labelsText, timeText } from './printed.js';

describe('a text of strangers', () => {
  it('stays in its line, and moves no cursor', () => {
    expect(inLine('a\u001b[2Jb\r\nc\td\u202e\u0007')).toBe('a\\u001b[2Jb c d\\u202e\\u0007');
    expect(inLine('队列 🟠 满了')).toBe('队列 🟠 满了');
    expect(inLine('x'.repeat(20), 10)).toBe(`${'x'.repeat(9)}…`);
  });

  it('of several lines keeps them and its tabs, each behind the indent', () => {
    expect(inLines('{\n\t"a": "\u001b]0;x\u0007"\r\n}\n\n', '  ')).toBe('  {\n  \t"a": "\\u001b]0;x\\u0007"\n  }\n');
  });

  it('in labels is quoted', () => {
    expect(labelsText({ queue: 'a", b="c', x: '' })).toBe('{queue="a\\", b=\\"c", x=""}');
  });
});

describe('a time', () => {
  it('is in UTC, and one that no calendar has is its number', () => {
    expect(timeText(1_800_000_000_123)).toBe('2027-01-15 08:00:00Z');
    expect(timeText(1_800_000_000_123, { exact: true })).toBe('2027-01-15 08:00:00.123Z');
    expect(timeText(9e15)).toBe('9000000000000000');
  });
});

describe('rows', () => {
  it('stand below each other, numbers to the right, without blanks at their ends', () => {
    expect(
      aligned([
        ['ID', 'WHO', 'MORE'],
        [1, 'ops', ''],
        [123, 'nobody', 'x'],
      ]),
    ).toBe('ID   WHO     MORE\n  1  ops\n123  nobody  x\n');
  });
});

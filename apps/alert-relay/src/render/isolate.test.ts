// Right-to-left text beside left-to-right text: isolated, balanced, whatever was cut.
import { describe, expect, it } from '@jest/globals';
import { closed, isolate, isolateWhole } from './isolate.js';
import { escapeFor } from './markup.js';
import { alertOf, groupOf, MARKUPS, messageOf, render, textOf } from './testing.js';

const FSI = '\u2068';
const PDI = '\u2069';

describe('right-to-left text', () => {
  it('is isolated line by line, and other text is left alone', () => {
    expect(isolate('שלום')).toBe(`${FSI}שלום${PDI}`);
    expect(isolate('abc 队列')).toBe('abc 队列');
    expect(isolate('abc\nمرحبا 5')).toBe(`abc\n${FSI}مرحبا 5${PDI}`);
  });

  it('that was cut within an isolate is closed, and no mark ends what did not begin', () => {
    expect(closed(`a ${FSI}של`)).toBe(`a ${FSI}של${PDI}`);
    expect(closed(`a${PDI}b`)).toBe('ab');
    expect(isolateWhole(`a ${FSI}של · b`)).toBe(`a ${FSI}של · b${PDI}`);
  });

  it.each(MARKUPS)('keeps no mark that others wrote (%s)', (markup) => {
    expect(escapeFor(markup, `a${FSI}b\u202ec`)).toBe('abc');
    expect(escapeFor(markup, 'שלום')).toBe(`${FSI}שלום${PDI}`);
  });

  it.each(MARKUPS)('stands isolated in title, subject and body (%s)', (markup) => {
    const alert = alertOf({ alertname: 'X', queue: 'דואר' }, { summary: 'התור ארוך', description: 'ארוך\nמאוד' });
    const [part] = render({ markup }, { message: messageOf([alert], { group: groupOf({}) }) }).parts;
    expect(part?.title).toContain(`${FSI}התור ארוך${PDI} · ${FSI}דואר${PDI}`);
    expect(part?.subject).toBe(`[WARNING] FIRING:1 · X · ${FSI}התור ארוך${PDI} · ${FSI}דואר${PDI}`);
    const text = part === undefined ? '' : textOf(part);
    for (const said of ['התור ארוך', 'ארוך', 'מאוד', 'דואר']) expect(text).toContain(`${FSI}${said}${PDI}`);
    for (const line of text.split(/\n|<br>/)) expect(line).toBe(closed(line));
  });

  it('is balanced in a title that is cut within it', () => {
    const alert = alertOf({ alertname: 'X' }, { summary: 'ארוך '.repeat(60) });
    const [part] = render({}, { message: messageOf([alert], { group: groupOf({}) }) }).parts;
    expect(part?.title).toMatch(/…\u2069$/);
    expect(part?.title).toBe(closed(part?.title ?? ''));
    expect(part?.subject).toBe(closed(part?.subject ?? ''));
  });
});

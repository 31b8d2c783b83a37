// HTML: what others wrote stays text, whatever it is.
import { describe, expect, it } from '@jest/globals';
import { escape, html, name, prose } from './html.js';
import { HOSTILE } from './testing.js';

describe('a template', () => {
  it('escapes what is put into it, in text and in quoted attributes', () => {
    expect(html`<p title="${'"><script>'}">${"a & b < c > d ' e"}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;">a &amp; b &lt; c &gt; d &#39; e</p>',
    );
  });

  it('takes HTML as it is, joins lists, and writes numbers', () => {
    expect(html`<ul>${['<a>', '<b>'].map((each) => html`<li>${each}</li>`)}</ul>${7}`.text).toBe(
      '<ul><li>&lt;a&gt;</li><li>&lt;b&gt;</li></ul>7',
    );
    expect(html`${['<', html`<br>`, ['&']]}`.text).toBe('&lt;<br>&amp;');
  });
});

describe('text of others', () => {
  it('shows what cannot be seen, and cannot turn the text around it', () => {
    expect(escape('a\u202Eb\u2066c\n\r\t\u0000\u200B\uFEFF\u2028\uD800d')).toBe(
      'a\\u{202e}b\\u{2066}c\\u{a}\\u{d}\\u{9}\\u{0}\\u{200b}\\u{feff}\\u{2028}\\u{d800}d',
    );
  });

  it('keeps the letters of every language, and whole pairs of surrogates', () => {
    expect(escape('zażółć שלום 日本 𝒳 é e\u0301')).toBe('zażółć שלום 日本 𝒳 é e\u0301');
  });

  it('loses the accents that would cover other lines', () => {
    expect(escape(`Z${'\u0301'.repeat(60)}`)).toBe('Z\u0301\u0301');
  });

  it('has a direction of writing of its own', () => {
    expect(name('<שלום>').text).toBe('<bdi>&lt;שלום&gt;</bdi>');
  });

  it.each([escape, (text: string) => prose(text).text, (text: string) => name(text).text])(
    'leaves no way out of an element or an attribute (%#)',
    (write) => {
      expect(write(HOSTILE)).not.toMatch(/<(?!\/?(bdi|code|wbr)\b)|["'\p{Cc}\p{Cf}\p{Cs}]/u);
    },
  );
});

describe('a sentence', () => {
  it('has its code marked, on one line where it is short', () => {
    expect(prose('Use `--flag` & `a<b`.').text).toBe(
      'Use <code class="brief">--flag</code> &amp; <code class="brief">a&lt;b</code>.',
    );
  });

  it('has a long name broken behind its underscores, and a long command at its spaces', () => {
    expect(prose('`celery_queue_oldest_task_age_seconds`').text).toBe(
      '<code>celery_<wbr>queue_<wbr>oldest_<wbr>task_<wbr>age_<wbr>seconds</code>',
    );
    expect(prose('`worker_send_task_events = True`').text).toBe('<code>worker_send_task_events = True</code>');
  });

  it('keeps a single backtick', () => {
    expect(prose('a ` b').text).toBe('a ` b');
  });
});

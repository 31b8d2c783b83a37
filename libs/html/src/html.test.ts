// HTML: what others wrote stays text, whatever it is.
import { describe, expect, it } from '@jest/globals';
import { escape, escapeVisibly, html, link, name, withCode, visibleHtml } from './html.js';

const HOSTILE = `<script>alert(1)</script>"'&\`-\u202Egnp.exe\u2066\n\r\u0000\u200B\uD800 onload=x`;

describe.each([
  ['html', html],
  ['visibleHtml', visibleHtml],
])('a template of %s', (_, html) => {
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
    expect(escapeVisibly('a\u202Eb\u2066c\n\r\t\u0000\u200B\uFEFF\u2028\uD800d')).toBe(
      'a\\u{202e}b\\u{2066}c\\u{a}\\u{d}\\u{9}\\u{0}\\u{200b}\\u{feff}\\u{2028}\\u{d800}d',
    );
  });

  it('keeps the letters of every language, and whole pairs of surrogates', () => {
    expect(escapeVisibly('zażółć שלום 日本 𝒳 é e\u0301')).toBe('zażółć שלום 日本 𝒳 é e\u0301');
  });

  it('loses the accents that would cover other lines', () => {
    expect(escapeVisibly(`Z${'\u0301'.repeat(60)}`)).toBe('Z\u0301\u0301');
  });

  it('keeps its lines and its spaces where it is a text and not a name', () => {
    expect(html`<pre>${'a\n\tb <c>'}</pre>`.text).toBe('<pre>a\n\tb &lt;c&gt;</pre>');
    expect(visibleHtml`<b>${'a\nb'}</b>`.text).toBe('<b>a\\u{a}b</b>');
    expect(escape(HOSTILE)).not.toMatch(/[<>"']/);
  });

  it('has a direction of writing of its own', () => {
    expect(name('<שלום>').text).toBe('<bdi>&lt;שלום&gt;</bdi>');
  });

  it.each([escapeVisibly, (text: string) => withCode(text).text, (text: string) => name(text).text])(
    'leaves no way out of an element or an attribute (%#)',
    (write) => {
      expect(write(HOSTILE)).not.toMatch(/<(?!\/?(bdi|code|wbr)\b)|["'\p{Cc}\p{Cf}\p{Cs}]/u);
    },
  );
});

describe('a link', () => {
  it('leads to http and https, and to nothing that could run', () => {
    expect(link('https://x.example/?a="b"&c', '<here>').text).toBe(
      '<a href="https://x.example/?a=&quot;b&quot;&amp;c" target="_blank" rel="noopener noreferrer">&lt;here&gt;</a>',
    );
    expect(link('javascript:alert(1)', html`<b>here</b>`).text).toBe('<b>here</b>');
  });
});

describe('a sentence', () => {
  it('has its code marked, on one line where it is short', () => {
    expect(withCode('Use `--flag` & `a<b`.').text).toBe(
      'Use <code class="brief">--flag</code> &amp; <code class="brief">a&lt;b</code>.',
    );
  });

  it('has a long name broken behind its underscores, and a long command at its spaces', () => {
    expect(withCode('`celery_queue_oldest_task_age_seconds`').text).toBe(
      '<code>celery_<wbr>queue_<wbr>oldest_<wbr>task_<wbr>age_<wbr>seconds</code>',
    );
    expect(withCode('`worker_send_task_events = True`').text).toBe('<code>worker_send_task_events = True</code>');
  });

  it('keeps a single backtick', () => {
    expect(withCode('a ` b').text).toBe('a ` b');
  });
});

// Text and addresses of others in each markup: shown, readable, and inert; and AlertManager's own pages.
import { describe, expect, test } from '@jest/globals';
import type { Markup } from '../channels/channel.js';
import { alertsUrl, cleanLine, cleanText, shorten, escapeFor, link, safeUrl, silenceUrl } from './markup.js';
import { MARKUPS } from './testing.js';

const seen = (markup: Markup, text: string): string => escapeFor(markup, text).replaceAll('\u2060', '');

describe('cleaning', () => {
  test('takes away controls, marks of direction and what nobody sees', () => {
    expect(cleanText('a\u0000b\u001b[31mc\u0007d\u009b')).toBe('ab[31mcd');
    expect(cleanText('safe\u202egnp.exe\u202c \u2066x\u2069\u200f\u061c')).toBe('safegnp.exe x');
    expect(cleanText('\ufeffzero\u200bwidth\u2060\u00ad')).toBe('zerowidth');
    expect(cleanText('tag\u{e0041}\u{e007f}')).toBe('tag');
  });

  test('replaces half characters', () => {
    expect(cleanText('a\ud83db\udd25c')).toBe('a\ufffdb\ufffdc');
  });

  test('keeps emoji of several characters, accents and every script', () => {
    for (const text of ['👩‍🚒 🇨🇳 é', 'Ошибка', 'שלום', 'می‌خواهم', '队列过长', 'ไทย']) expect(cleanText(text)).toBe(text);
  });

  test('makes every kind of line break one, and one line where one is wanted', () => {
    expect(cleanText(' a \r\n\r\n\n b\rc\u2028d\u0085e\tf ')).toBe('a\nb\nc\nd\ne f');
    expect(cleanLine('a\n \n b\u3000c')).toBe('a b c');
  });
});

describe('shortening', () => {
  test('leaves what is short enough', () => {
    expect(shorten('abc', 3, '…')).toBe('abc');
    expect(shorten('👩‍🚒👩‍🚒', 2, '…')).toBe('👩‍🚒👩‍🚒');
  });

  test('cuts between characters as people see them', () => {
    expect(shorten('👩‍🚒👩‍🚒👩‍🚒', 2, '…')).toBe('👩‍🚒👩‍🚒…');
    expect(shorten('e\u0301e\u0301e\u0301', 2, '…')).toBe('e\u0301e\u0301…');
    expect(shorten('🇨🇳🇩🇪🇫🇷', 1, '…')).toBe('🇨🇳…');
    expect(shorten('词'.repeat(10), 4, '… (shortened)')).toBe('词词词词… (shortened)');
  });

  test('is not fooled by a letter with thousands of accents', () => {
    const zalgo = `a${'\u0301'.repeat(5_000)}bc`;
    expect(shorten(zalgo, 100, '…').length).toBeLessThan(500);
    expect(shorten(`ok ${zalgo}`, 100, '…')).toBe('ok…');
  });
});

test('plain text is as it was', () => {
  expect(escapeFor('plain', '<b> *x* & [l](u)')).toBe('<b> *x* & [l](u)');
});

test('html shows every sign as itself', () => {
  expect(escapeFor('html', `<img src=x onerror="a('b')">&amp;\nnext`)).toBe(
    '&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt;&amp;amp;<br>next',
  );
});

describe('slack', () => {
  test('reads no mention, no link and no entity out of a text', () => {
    expect(escapeFor('slack', '<!channel> <@U1> <https://evil|ok> &lt;')).toBe(
      '&lt;!channel&gt; &lt;@\u2060U1&gt; &lt;https://evil|ok&gt; &amp;lt;',
    );
    expect(escapeFor('slack', '@here mail@here.com #general')).toBe('@\u2060here mail@\u2060here.com #\u2060general');
  });

  test('reads no emphasis, code, quote or picture, and names stay as they are', () => {
    expect(escapeFor('slack', '*a* _b_ ~c~ `d` ```e```')).toBe('∗a∗ ˍbˍ ∼c∼ ˋdˋ ˋˋˋeˋˋˋ');
    expect(escapeFor('slack', '> quote\nx > y\n  > z')).toBe('\u2060&gt; quote\nx &gt; y\n  \u2060&gt; z');
    expect(escapeFor('slack', 'db:100:x 10:02:33')).toBe('db:\u2060100:x 10:\u206002:33');
    for (const name of ['shop.charge_card_v2', 'celery@worker-1', 'redis://cache:6379', 'C:\\jobs'])
      expect(escapeFor('slack', name)).toBe(name);
  });
});

describe.each(['dingtalk', 'wecom'] as const)('%s', (markup) => {
  test('reads no link, picture, tag or mention out of a text', () => {
    expect(seen(markup, '[ok](https://evil) ![x](y) <font color="warning">r</font> <@all> | a | b |')).toBe(
      '［ok］(https://evil) !［x］(y) ＜font color="warning">r＜/font> ＜@all> ｜ a ｜ b ｜',
    );
    expect(escapeFor(markup, '@13800000000 @all')).toBe('@\u206013800000000 @\u2060all');
  });

  test('reads no heading, quote, list, rule or emphasis', () => {
    expect(seen(markup, '# h\n> q\n**b** _i_ ~~s~~ `c`')).toBe('＃ h\n＞ q\n∗∗b∗∗ ˍiˍ ∼∼s∼∼ ˋcˋ');
    for (const line of ['- item', '+ item', '1. item', '12) item', '---', '===', '- - -', '-'])
      expect(escapeFor(markup, `x\n${line}`)).toBe(`x\n\u2060${line}`);
  });

  test('decodes nothing, and a backslash does nothing', () => {
    expect(seen(markup, '&lt;b&gt; a&b; \\*x\\* end\\')).toBe('＆lt;b＆gt; a＆b; \\∗x\\∗ end＼');
  });

  test('leaves names, numbers and signs that do nothing there', () => {
    for (const text of [
      'shop.charge_card_v2',
      'celery@worker-1',
      '+2 new',
      '-5 °C',
      'a > b',
      '3 = 3',
      'C#',
      'AT&T',
      '10:02',
      'C:\\jobs',
      '!',
    ])
      expect(escapeFor(markup, text)).toBe(text);
  });
});

test('feishu shows signs by their documented entities', () => {
  expect(seen('feishu', '<at id=all></at> **b** [l](u) ~s~ `c` &lt; $x$ \\')).toBe(
    '&#60;at id=all&#62;&#60;/at&#62; &#42;&#42;b&#42;&#42; &#91;l&#93;(u) &#126;s&#126; &#96;c&#96; &#38;lt; &#36;x&#36; &#92;',
  );
  expect(seen('feishu', '# h\n![x](y) :OK: _i_ a_b a&b')).toBe(
    '&#35; h\n&#33;&#91;x&#93;(y) &#58;OK: &#95;i&#95; a_b a&b',
  );
  expect(escapeFor('feishu', 'x\n- item')).toBe('x\n\u2060- item');
});

test.each(MARKUPS)('%s keeps the spaces around a text, as templates need them', (markup) => {
  expect(escapeFor(markup, ': ')).toBe(': ');
});

describe('an address becomes a link', () => {
  test('only with http or https', () => {
    for (const text of [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'data:text/html,x',
      'file:///etc/passwd',
      'ftp://h/x',
      '//host/x',
      'docs/a.md',
      '',
      ' ',
      'http://',
      'https://[',
      'http:evil',
      undefined,
    ]) {
      expect(safeUrl(text)).toBeUndefined();
    }
    expect(safeUrl(' HTTPS://Example.com/a?b=c#d ')).toBe('https://example.com/a?b=c#d');
  });

  test('without a name and a password in it', () => {
    expect(safeUrl('https://me:secret@example.com/x')).toBe('https://example.com/x');
  });

  test('with everything encoded that could end it', () => {
    expect(safeUrl('https://h/a)b(c|d>e<f"g\'h`i[j]k*l\\m{n} o')).toBe(
      'https://h/a%29b%28c%7Cd%3Ee%3Cf%22g%27h%60i%5Bj%5Dk%2Al/m%7Bn%7D%20o',
    );
    expect(safeUrl('https://h/x\n(y)\r\u202e')).toMatch(/^https:\/\/h\/x%28y%29[\w%]*$/);
    expect(safeUrl('http://[::1]:9093/#/a')).toBe('http://[::1]:9093/#/a');
    expect(safeUrl('https://例子.测试/路')).toBe('https://xn--fsqu00a.xn--0zwm56d/%E8%B7%AF');
  });

  test('not where it is so long that clients cut it', () => {
    expect(safeUrl(`https://h/${'x'.repeat(5_000)}`)).toBeUndefined();
  });
});

test('each markup writes a link in its own way, and nothing where there is none', () => {
  const written = MARKUPS.map((markup) => [markup, link(markup, 'https://h/a?b=1&c=(2)', 'Run|book]<')] as const);
  expect(Object.fromEntries(written)).toEqual({
    html: '<a href="https://h/a?b=1&amp;c=%282%29">Run|book]&lt;</a>',
    plain: 'Run|book]<: https://h/a?b=1&c=%282%29',
    slack: '<https://h/a?b=1&amp;c=%282%29|Run|book]&lt;>',
    dingtalk: '[Run｜book］＜](https://h/a?b=1&c=%282%29)',
    wecom: '[Run｜book］＜](https://h/a?b=1&c=%282%29)',
    feishu: '[Run&#124;book&#93;&#60;](https://h/a?b=1&c=%282%29)',
  });
  for (const markup of MARKUPS) expect(link(markup, 'javascript:alert(1)', 'x')).toBe('');
});

describe("AlertManager's pages", () => {
  const filterOf = (url: string | undefined): string => decodeURIComponent(url?.split('filter=')[1] ?? '');

  test('get a filter of quoted values, percent-encoded behind the #', () => {
    expect(silenceUrl('http://alertmanager:9093', { severity: 'critical', alertname: 'A b' })).toBe(
      'http://alertmanager:9093/#/silences/new?filter=%7Balertname%3D%22A%20b%22%2C%20severity%3D%22critical%22%7D',
    );
    expect(alertsUrl('http://alertmanager:9093', { alertname: 'A' })).toBe(
      'http://alertmanager:9093/#/alerts?filter=%7Balertname%3D%22A%22%7D',
    );
  });

  test('keep the path that AlertManager is served below', () => {
    expect(silenceUrl('https://ops.example.com/am/?x#y', { a: 'b' })).toMatch(
      /^https:\/\/ops\.example\.com\/am\/#\/silences\/new\?filter=/,
    );
    expect(alertsUrl('https://ops.example.com/am/', {})).toBe('https://ops.example.com/am/#/alerts');
  });

  test('read values back as they were, whatever is in them', () => {
    const values = ['a"b', 'back\\slash', 'new\nline', '{x="y", z=~".*"}', "(it's)", '100% & more?', '队列', '🔥'];
    for (const value of values)
      expect(filterOf(silenceUrl('http://h', { queue: value }))).toBe(`{queue=${JSON.stringify(value)}}`);
    expect(silenceUrl('http://h', { queue: "(it's) *" })).not.toMatch(/[()'*]/);
  });

  test('leave out names that older pages cannot read', () => {
    expect(filterOf(silenceUrl('http://h', { ok: '1', 'with.dot': '2', 'x}': '3' }))).toBe('{ok="1"}');
  });

  test('have no address where AlertManager has none', () => {
    expect(silenceUrl('', { a: 'b' })).toBeUndefined();
    expect(silenceUrl('javascript:alert(1)', { a: 'b' })).toBeUndefined();
  });
});

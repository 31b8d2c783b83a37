// Text of others in each markup: shown, readable, and inert.
import { describe, expect, test } from '@jest/globals';
import type { Markup } from '../channels/channel.js';
import { clip, cleanLine, cleanText } from './clean.js';
import { escapeFor } from './escape.js';
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
    expect(clip('abc', 3, '…')).toBe('abc');
    expect(clip('👩‍🚒👩‍🚒', 2, '…')).toBe('👩‍🚒👩‍🚒');
  });

  test('cuts between characters as people see them', () => {
    expect(clip('👩‍🚒👩‍🚒👩‍🚒', 2, '…')).toBe('👩‍🚒👩‍🚒…');
    expect(clip('e\u0301e\u0301e\u0301', 2, '…')).toBe('e\u0301e\u0301…');
    expect(clip('🇨🇳🇩🇪🇫🇷', 1, '…')).toBe('🇨🇳…');
    expect(clip('词'.repeat(10), 4, '… (shortened)')).toBe('词词词词… (shortened)');
  });

  test('is not fooled by a letter with thousands of accents', () => {
    const zalgo = `a${'\u0301'.repeat(5_000)}bc`;
    expect(clip(zalgo, 100, '…').length).toBeLessThan(500);
    expect(clip(`ok ${zalgo}`, 100, '…')).toBe('ok…');
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

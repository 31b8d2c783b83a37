// Addresses that become links, and AlertManager's own pages.
import { describe, expect, test } from '@jest/globals';
import { alertsUrl, link, safeUrl, silenceUrl } from './link.js';
import { MARKUPS } from './testing.js';

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

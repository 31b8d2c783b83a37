// Alerts with every kind of hostile text in every place: what a client would act on is what it is for a harmless alert,
// and nothing more.
import { describe, expect, test } from '@jest/globals';
import type { Markup, Part } from '../channels/channel.js';
import { compose, type Message } from '../notification/index.js';
import { closed } from './isolate.js';
import { alertOf, groupOf, MARKUPS, minutesAgo, noteOf, NOW, render, textOf } from './testing.js';

const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='x",
  '</td></table><h1>owned</h1>',
  '<!--',
  '-->',
  '<style>*{display:none}</style>',
  '&lt;b&gt;',
  '&#60;b&#62;',
  '<a href="javascript:x">y</a>',
  '<!channel>',
  '<!here|here>',
  '<!everyone>',
  '<@U123>',
  '<#C123|general>',
  '<!subteam^S1>',
  '<https://evil.example|Runbook>',
  '<!date^0^{date}|x>',
  '@here',
  '@channel',
  '@everyone',
  '#general',
  '[click](https://evil.example)',
  '![img](https://evil.example/x.png)',
  '[a]: https://evil.example',
  '](https://evil.example)',
  '[',
  ']',
  '](',
  '[x]',
  '|a|b|\n|-|-|',
  '<at id=all></at>',
  '<at user_id="all">x</at>',
  '<at email=a@b.c></at>',
  '<font color="warning">red</font>',
  '<@all>',
  '<@zhangsan>',
  '@13800000000',
  '@所有人',
  '<text_tag color=red>x</text_tag>',
  '<link url="https://evil.example">x</link>',
  ':OK:',
  ':fire:',
  '*bold*',
  '**bold**',
  '***',
  '_it_',
  '__x__',
  '~s~',
  '~~s~~',
  '`c`',
  '```\ncode\n```',
  '``',
  '\\',
  '\\*x\\*',
  'end\\',
  '\\[x\\](y)',
  '# heading',
  'x\n# heading',
  'x\n> quote',
  '> quote',
  'x\n- list',
  'x\n+ list',
  'x\n* list',
  'x\n1. list',
  'x\n---',
  'x\n===',
  '---',
  '- - -',
  '    code',
  '\tcode',
  'a\n\nb',
  'a\r\nb',
  'a\u2028b',
  'a\u0085b',
  '\u202egnp.exe',
  '\u2066x\u2069',
  'a\u0000b',
  '\u001b[31m',
  '\ud83d',
  '\udd25x',
  '\ufeff',
  `a${'\u0301'.repeat(300)}`,
  '{{ 7 | times: 7 }}',
  '{% raw %}',
  '{{ alert.all | json | raw }}',
  '${x}',
  '%s%n',
  "'; DROP TABLE x; --",
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '𝕏 👩‍🚒 🇨🇳',
  '队列「默认」过长。',
  'مرحبا',
  'x'.repeat(3_000),
  '`'.repeat(200),
  '['.repeat(200),
  '<'.repeat(200),
  '&'.repeat(200),
  '*_~`'.repeat(50),
];

/**
 * The text in every place that an alert, its group and its sender fill. Beside it stands a word, so that no place is
 * empty.
 */
function messageWith(text: string): Message {
  const said = `w ${text} w`;
  const alert = alertOf(
    { alertname: text, queue: said, worker: text, [`label ${text}`]: said, instance: text },
    {
      summary: said,
      description: `${text}\n${said}`,
      summary_zh: said,
      description_zh: said,
      value: said,
      runbook_url: said,
      dashboard_url: text,
    },
    { generatorURL: `http://prometheus:9090/graph?x=${text}` },
  );
  const group = groupOf(
    { alertname: text, [text]: said },
    { receiver: said, externalURL: `http://alertmanager:9093/${text}` },
  );
  return compose(
    [
      noteOf([alert, alertOf({ queue: said }, { summary: said }, { status: 'resolved', endsAt: NOW })], {
        group,
        standing: { count: 1, alerts: [alertOf({}, { summary: said })] },
        acceptedAt: minutesAgo(20),
        undelivered: { channel: said, reason: text },
      }),
    ],
    NOW,
  );
}

/** What a client acts on. Addresses are left out: they hold the labels, encoded. */
const ACTIVE: Record<Markup, (text: string) => string[]> = {
  plain: () => [],
  html: (text) => {
    const tags = [...text.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+="[^"<>]*")*)\s*>/g)];
    const rest = tags.reduce((left, [tag]) => left.replace(tag, ''), text);
    const loose = rest.match(/[<>]|&(?!(amp|lt|gt|quot|#39);)/g) ?? [];
    return [
      ...tags
        .filter(([, , name]) => name !== 'br')
        .map(([, end, name, attributes]) => `${end}${name}${attributes?.replace(/href="https?:[^"]*"/, 'href')}`),
      ...loose,
    ];
  },
  slack: (text) => [
    ...(text.match(/<[^>]*>/g) ?? []).map((each) =>
      each.replace(/^<https?:[\w\-.~:/?#@!$&+,;=%[\]]+\|([^<>|]*)>$/, 'link $1'),
    ),
    ...(text
      .replace(/<[^>]*>/g, '')
      .match(
        /[<>*`~]|(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])|^\s*&gt;|:[\w+'-]+:|(?<![\p{L}\p{N}])[@#](?=[\p{L}\p{N}_])|@(?:here|channel|everyone)|&(?!(amp|lt|gt);)/gimu,
      ) ?? []),
  ],
  dingtalk: markdown,
  wecom: markdown,
  feishu: (text) => [
    ...markdown(text.replace(/&#\d+;/g, '¤')).filter((each) => each !== '@'),
    ...(text.replace(/\(http[^)]*\)/g, '').match(/:[A-Za-z]+:/g) ?? []),
  ],
};

function markdown(text: string): string[] {
  const links = text.match(/\[[^\][\n]*\]\(https?:[^()\s<>]*\)/g) ?? [];
  const rest = links.reduce((left, each) => left.replace(each, ''), text);
  return [
    ...links.map((each) => each.replace(/\(.*\)/, '')),
    ...(rest.match(
      /[<[\]*`~|]|(?<![\p{L}\p{N}_])_|_(?![\p{L}\p{N}_])|\\(?=[!-/:-@[-`{-~]|$)|(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}_])|&#?\w+;|^ {0,3}(?:[#>]|[-+](?: |$)|[-=][-= ]*$|\d+[.)](?: |$))|^(?: {4}|\t)/gmu,
    ) ?? []),
  ];
}

const harmless = messageWith('harmless');
const parts = (markup: Markup, message: Message, locale: 'en' | 'zh-CN'): readonly Part[] =>
  render({ markup, locale }, { message }).parts;

describe.each(MARKUPS)('in %s', (markup) => {
  const active = (part: Part): string[] => ACTIVE[markup](textOf(part)).sort();
  const [expected] = parts(markup, harmless, 'en').map(active);

  test('the check sees what a client acts on', () => {
    const raw: Part[] = HOSTILE.map((text) => ({ body: { head: '', blocks: [text], foot: '' } }) as unknown as Part);
    const seen = raw.filter((part) => active(part).length > 0).length;
    expect(seen).toBeGreaterThan(markup === 'plain' ? -1 : 20);
    expect(expected?.length).toBeGreaterThan(markup === 'plain' ? -1 : 5);
  });

  test.each(HOSTILE.map((text) => [text.length > 40 ? `${text.slice(0, 40)}… (${text.length})` : text, text] as const))(
    '%j is text',
    (_, text) => {
      for (const locale of ['en', 'zh-CN'] as const) {
        const [normal] = parts(markup, harmless, locale).map(active);
        const rendered = parts(markup, messageWith(text), locale);
        expect(rendered).toHaveLength(1);
        for (const part of rendered) {
          // Nothing is added and nothing of ours is lost, but links that would be too long and labels that say nothing
          // new.
          if (text.length < 200) expect(active(part)).toEqual(normal);
          else for (const each of active(part)) expect(normal).toContain(each);
          const whole = `${part.title}\n${textOf(part)}\n${textOf({ body: part.plain })}`;
          expect(whole.replace(/\n|\u200c|\u200d|\u2060|[\u2068\u2069]/g, '')).not.toMatch(
            /[\p{Cc}\p{Cf}\u2028\u2029]/u,
          );
          for (const each of whole.split('\n')) expect(each).toBe(closed(each));
          expect(whole.isWellFormed()).toBe(true);
          expect(whole).not.toMatch(/\b49\b|\[object|undefined/);
          expect(part.title).not.toContain('\n');
        }
      }
    },
  );
});

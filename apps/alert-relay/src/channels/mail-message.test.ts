// A mail: its form on the wire whatever is put into it, the thread of an episode, the page around it.
import { describe, expect, it } from '@jest/globals';
import { mailPage, subjectOf, threadOf, writeMail } from './mail-message.js';
import { HOSTILE, sampleMessage, samplePart } from './testing.js';

const write = (text: string): string =>
  writeMail({
    key: 'k-1',
    text,
    html: `<p>${text}</p>`,
    headers: [
      ['From', 'a@b.test'],
      ['To', ['c@d.test']],
      ['Subject', `s ${text.slice(0, 100)}`],
      ['Date', 'Sat, 22 Aug 2026 10:00:00 +0000'],
      ['Message-ID', '<k-1@b.test>'],
    ],
  });

describe('a mail', () => {
  it.each([
    ...HOSTILE,
    ['a text of many lines', 'a line\n'.repeat(20_000)],
    ['Chinese lines', '队列积压\n'.repeat(20_000)],
  ])('has CRLF, ASCII and short lines with %s', (_, text) => {
    const mail = write(text);
    expect(mail.replaceAll('\r\n', '')).not.toMatch(/[\r\n]|[^ -~\t]/);
    expect(Math.max(...mail.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(
      mail
        .match(/^[\w-]+(?=:)/gm)
        ?.filter((name) => !name.startsWith('Content-'))
        .slice(0, 6),
    ).toEqual(['From', 'To', 'Subject', 'Date', 'Message-ID', 'MIME-Version']);
  });

  it('is the same for the same, and takes nothing from the clock', () => {
    expect(write('x')).toBe(write('x'));
  });

  it('is readable as it stands where it is short and mostly ASCII', () => {
    expect(write('The queue is long: 队列')).toContain('The queue is long: =E9=98=9F=E5=88=97');
    expect(write('队列积压'.repeat(100))).toContain('Content-Transfer-Encoding: base64');
  });
});

const thread = (part = samplePart(), channel = 'ops-mail') => threadOf(part, channel, 'example.com');
const later = sampleMessage({ episode: { id: 'episode-1', opened: false } });

describe('the thread of an episode', () => {
  it('begins with the mail that opens it, and all others answer that one', () => {
    const root = thread();
    expect(root).toEqual({
      messageId: expect.stringMatching(/^<episode\.[0-9a-f]{32}@example\.com>$/),
      inReplyTo: undefined,
    });
    expect(thread(samplePart({ key: 'later-1', message: later }))).toEqual({
      messageId: '<later-1@example.com>',
      inReplyTo: root.messageId,
    });
    expect(thread(samplePart({ key: 'first-2', index: 2, total: 2 }))).toEqual({
      messageId: '<first-2@example.com>',
      inReplyTo: root.messageId,
    });
  });

  it('is another one for another episode and for another channel', () => {
    const ids = [
      thread(),
      thread(samplePart({ message: sampleMessage({ episode: { id: 'episode-2', opened: true } }) })),
      thread(samplePart(), 'dev-mail'),
    ].map((each) => each.messageId);
    expect(new Set(ids).size).toBe(3);
  });

  it('is answered, not begun again, by what another channel could not deliver: the same mailbox may have the opening mail', () => {
    const told = thread(
      samplePart({ key: 'copy-1', message: sampleMessage({ undelivered: { channel: 'oncall', reason: 'expired' } }) }),
    );
    expect(told).toEqual({ messageId: '<copy-1@example.com>', inReplyTo: thread().messageId });
  });
});

describe('the subject', () => {
  it('is what was rendered for an inbox, or else the title', () => {
    expect(subjectOf(samplePart({ subject: '[FIRING:1 critical] HighQueue · a' }))).toBe(
      '[FIRING:1 critical] HighQueue · a',
    );
    expect(subjectOf(samplePart())).toBe('[1 firing, critical] HighCeleryQueueLength');
  });

  it('is one line, and short, whatever it holds', () => {
    expect(subjectOf(samplePart({ subject: 'a\r\nBcc: x@y.test' }))).toBe('a Bcc: x@y.test');
    expect(subjectOf(samplePart({ subject: 'x'.repeat(5000) }))).toHaveLength(180);
  });
});

const page = (head: string): string =>
  mailPage(samplePart({ sections: { head, blocks: ['<b>a block</b>'], foot: '' } }));

it('has the styles of its first section in the head, and what the inbox shows first in the body', () => {
  const html = page(
    '<style>\n.ow { color: #000 }\n</style>\n<div class="preheader" style="display:none">Two queues</div>\n<div>+2 new</div>',
  );
  expect(html.slice(0, html.indexOf('</head>'))).toContain('<style>\n.ow { color: #000 }\n</style>');
  expect(html).toMatch(/<body [^>]*>\n<div class="preheader" style="display:none">Two queues<\/div>\n<table/);
  expect(html).toMatch(/<td [^>]*><div>\+2 new<\/div><\/td>/);
  expect(html.match(/<style>|preheader/g)).toHaveLength(2);
});

it.each(['<div>+2 new</div>', '<p>x</p><style>p {}</style>', '<style>never ends', ''])(
  'leaves %j where it is',
  (head) => {
    const html = page(head);
    expect(html.slice(0, html.indexOf('</head>'))).not.toContain('<style>');
    if (head !== '') expect(html).toContain(`>${head}</td></tr>\n<tr><td`);
    else expect(html.match(/<tr><td/g)).toHaveLength(3);
  },
);

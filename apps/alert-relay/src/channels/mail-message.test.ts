// The form of a mail on the wire, whatever is put into it.
import { describe, expect, it } from '@jest/globals';
import { writeMail } from './mail-message.js';
import { HOSTILE } from './testing.js';

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

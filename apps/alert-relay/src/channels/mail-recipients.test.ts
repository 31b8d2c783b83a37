// Who is still to get a mail.
import { expect, it } from '@jest/globals';
import { MailRecipients } from './mail-recipients.js';
import type { SmtpOutcome } from './smtp-send.js';

const refusing = (code: number, ...recipients: string[]): SmtpOutcome => ({
  kind: 'accepted',
  text: '250 ok',
  refused: recipients.map((recipient) => ({ code, text: '', command: 'RCPT TO', recipient })),
});

it('is everybody, until the server took it for some and put others off', () => {
  const mails = new MailRecipients(['a', 'b', 'c']);
  mails.note('m', { kind: 'refused', replies: [{ code: 450, text: '', command: 'RCPT TO', recipient: 'a' }] });
  mails.note('m', { kind: 'lost', handedOver: true, timedOut: true, code: 'x', text: '' });
  expect([mails.left('m'), mails.isPartlyThere('m')]).toEqual([['a', 'b', 'c'], false]);
  mails.note('m', refusing(450, 'b', 'c'));
  expect([mails.left('m'), mails.isPartlyThere('m')]).toEqual([['b', 'c'], true]);
  expect(mails.left('another')).toEqual(['a', 'b', 'c']);
  mails.note('m', refusing(450, 'c'));
  expect(mails.left('m')).toEqual(['c']);
  mails.note('m', refusing(450));
  expect([mails.left('m'), mails.isPartlyThere('m')]).toEqual([['a', 'b', 'c'], false]);
});

it('is nobody whom the server refused for good', () => {
  const mails = new MailRecipients(['a', 'b']);
  mails.note('m', refusing(550, 'b'));
  expect(mails.isPartlyThere('m')).toBe(false);
});

it('is forgotten for the oldest of very many mails', () => {
  const mails = new MailRecipients(['a', 'b']);
  for (let n = 0; n <= 1_000; n++) mails.note(`m${n}`, refusing(450, 'b'));
  expect([mails.left('m0'), mails.left('m1'), mails.left('m1000')]).toEqual([['a', 'b'], ['b'], ['b']]);
});

// What SMTP replies mean, and who is still to get a mail.
import { describe, expect, it } from '@jest/globals';
import { judgeSmtp, MailRecipients, type SmtpOutcome, type SmtpReply } from './smtp.js';

const say = (text: string): string => text;
const refused = (...replies: SmtpReply[]) => judgeSmtp({ kind: 'refused', replies }, say);

describe('a reply of SMTP', () => {
  it.each<[number, string, string, string, string]>([
    [421, 'CONN', '421 closing', 'retry', 'server_error'],
    [450, 'RCPT TO', '450 greylisted', 'retry', 'server_error'],
    [451, 'DATA', '451 try later', 'retry', 'server_error'],
    [452, 'RCPT TO', '452 4.3.1 no space', 'retry', 'server_error'],
    [421, 'MAIL FROM', '421 4.7.0 too many messages, slow down', 'retry', 'rate_limited'],
    [454, 'AUTH PLAIN', '454 4.7.0 temporary failure', 'retry', 'server_error'],
    [503, 'MAIL FROM', '503 bad sequence', 'retry', 'server_error'],
    [554, 'CONN', '554 no service here', 'retry', 'server_error'],
    [502, 'STARTTLS', '502 not implemented', 'retry', 'server_error'],
    [535, 'AUTH PLAIN', '535 5.7.8 failed', 'permanent', 'credentials'],
    [530, 'MAIL FROM', '530 5.7.0 must issue STARTTLS', 'permanent', 'credentials'],
    [550, 'MAIL FROM', '550 sender refused', 'permanent', 'credentials'],
    [550, 'RCPT TO', '550 5.1.1 no such user', 'permanent', 'address'],
    [554, 'DATA', '554 5.7.1 spam', 'permanent', 'content'],
    [552, 'DATA', '552 too big', 'permanent', 'too_large'],
    [554, 'DATA', '554 5.3.4 too big', 'permanent', 'too_large'],
    [552, 'MAIL FROM', '552 5.3.4 size', 'permanent', 'too_large'],
  ])('%s to %s (%s): %s, %s', (code, command, text, kind, reason) => {
    expect(refused({ code, command, text })).toEqual({ kind, reason, detail: `${command}: ${text}` });
  });

  it('that is none, after the mail was sent, says nothing of it', () => {
    const verdict = judgeSmtp(
      { kind: 'lost', handedOver: true, timedOut: false, code: 'EPROTOCOL', text: 'HTTP/1.1 200 OK' },
      say,
    );
    expect(verdict).toEqual({
      kind: 'ambiguous',
      reason: 'not_understood',
      detail: 'the mail was sent, but the reply was none: HTTP/1.1 200 OK',
    });
  });

  it('of all recipients is temporary if that of one is', () => {
    const [gone, later] = [
      { code: 550, text: '550 gone', command: 'RCPT TO' },
      { code: 450, text: '450 later', command: 'RCPT TO' },
    ];
    expect(refused(gone, gone)).toMatchObject({ kind: 'permanent', reason: 'address' });
    expect(refused(gone, later)).toEqual({ kind: 'retry', reason: 'server_error', detail: 'RCPT TO: 450 later' });
  });

  it('of some recipients leaves the mail delivered, with the others named', () => {
    const verdict = judgeSmtp(
      {
        kind: 'accepted',
        text: '250 ok',
        refused: [{ code: 550, text: '550 gone', command: 'RCPT TO', recipient: 'x@y.test' }],
      },
      say,
    );
    expect(verdict).toEqual({ kind: 'delivered', reason: 'ok', detail: 'x@y.test was refused: 550 gone; 250 ok' });
  });

  it('that puts one of several recipients off leaves the mail to be sent again, with who and why', () => {
    const [gone, later] = [
      { code: 550, text: '550 gone', command: 'RCPT TO', recipient: 'x@y.test' },
      { code: 450, text: '450 greylisted', command: 'RCPT TO', recipient: 'oncall@y.test' },
    ];
    const some = judgeSmtp({ kind: 'accepted', text: '250 ok', refused: [gone, later] }, say);
    expect(some).toEqual({
      kind: 'ambiguous',
      reason: 'server_error',
      detail: 'oncall@y.test was put off: 450 greylisted; x@y.test was refused: 550 gone; 250 ok',
    });
    expect(
      judgeSmtp(
        { kind: 'accepted', text: '250 ok', refused: [{ ...later, text: '452 4.5.3 too many recipients' }] },
        say,
      ),
    ).toMatchObject({ kind: 'ambiguous', reason: 'rate_limited' });
  });

  it('that refuses for good who was put off before leaves it delivered, unless it is about the mail or the sender', () => {
    const gone = { code: 550, text: '550 gone', command: 'RCPT TO', recipient: 'x@y.test' };
    expect(judgeSmtp({ kind: 'refused', replies: [gone] }, say, true)).toEqual({
      kind: 'delivered',
      reason: 'ok',
      detail: 'x@y.test was refused: 550 gone',
    });
    expect(judgeSmtp({ kind: 'refused', replies: [gone] }, say, false)).toMatchObject({
      kind: 'permanent',
      reason: 'address',
    });
    expect(judgeSmtp({ kind: 'refused', replies: [{ ...gone, code: 450 }] }, say, true)).toMatchObject({
      kind: 'retry',
      reason: 'server_error',
    });
    expect(
      judgeSmtp({ kind: 'refused', replies: [{ code: 554, text: '554 spam', command: 'DATA' }] }, say, true),
    ).toMatchObject({ kind: 'permanent', reason: 'content' });
  });

  it.each([
    [true, true, 'ambiguous', 'timeout'],
    [true, false, 'ambiguous', 'network'],
    [false, true, 'retry', 'timeout'],
    [false, false, 'retry', 'network'],
  ])('that never came (handed over %s, timed out %s): %s, %s', (handedOver, timedOut, kind, reason) => {
    expect(judgeSmtp({ kind: 'lost', handedOver, timedOut, code: 'ECONNRESET', text: 'gone' }, say)).toMatchObject({
      kind,
      reason,
    });
  });

  it.each([
    ['EMESSAGE', 'permanent', 'too_large'],
    ['EENVELOPE', 'permanent', 'unsendable'],
    ['EPROTOCOL', 'retry', 'not_understood'],
    ['EDNS', 'retry', 'network'],
    ['CERT_HAS_EXPIRED', 'retry', 'network'],
  ])('that nodemailer does not wait for (%s): %s, %s', (code, kind, reason) => {
    expect(judgeSmtp({ kind: 'lost', handedOver: false, timedOut: false, code, text: 'why' }, say)).toMatchObject({
      kind,
      reason,
    });
  });
});

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

// What an SMTP server's replies mean for the outbox.
import type { Reason, Verdict } from '../notification/index.js';
import type { Say } from './detail.js';
import type { SmtpOutcome, SmtpReply } from './smtp-send.js';

/**
 * A mail that was taken for some recipients and refused for good for the others is delivered, with these named. Where
 * somebody is only put off (a full mailbox, greylisting) it is ambiguous: there for some, so that it stays one message
 * with one Message-ID and goes out again for the others. `partlyThere`: an earlier attempt was taken for some, and this
 * one went to the others.
 */
export function judgeSmtp(outcome: SmtpOutcome, say: Say, partlyThere = false): Verdict {
  if (outcome.kind === 'accepted') {
    const putOff = outcome.refused.filter(isTemporary);
    const refused = [...putOff, ...outcome.refused.filter((each) => !isTemporary(each))].map(nameRefused);
    const detail = say([...refused, outcome.text].join('; '));
    return putOff.length === 0
      ? { kind: 'delivered', reason: 'ok', detail }
      : { kind: 'ambiguous', reason: putOff.some(isPace) ? 'rate_limited' : 'server_error', detail };
  }
  if (outcome.kind === 'refused') {
    if (partlyThere && outcome.replies.every((each) => each.command === 'RCPT TO' && !isTemporary(each)))
      return { kind: 'delivered', reason: 'ok', detail: say(outcome.replies.map(nameRefused).join('; ')) };
    const temporary = outcome.replies.find(isTemporary);
    const decisive = temporary ?? outcome.replies[0];
    if (decisive === undefined) return { kind: 'retry', reason: 'not_understood', detail: 'no reply' };
    const detail = say(`${decisive.command}: ${decisive.text}`);
    return temporary === undefined
      ? { kind: 'permanent', reason: reasonOf(decisive), detail }
      : { kind: 'retry', reason: isPace(decisive) ? 'rate_limited' : 'server_error', detail };
  }
  const { handedOver, timedOut, code, text } = outcome;
  const reason: Reason = timedOut ? 'timeout' : 'network';
  if (handedOver)
    return {
      kind: 'ambiguous',
      reason,
      detail: say(
        timedOut
          ? 'the mail was sent, but no reply in time'
          : `the mail was sent, but the connection broke before the reply: ${code}`,
      ),
    };
  // nodemailer itself knows the size that the server announced, and refuses addresses that could never be sent.
  if (code === 'EMESSAGE') return { kind: 'permanent', reason: 'too_large', detail: say(text) };
  if (code === 'EENVELOPE') return { kind: 'permanent', reason: 'unsendable', detail: say(text) };
  if (code === 'EPROTOCOL') return { kind: 'retry', reason: 'not_understood', detail: say(text) };
  return {
    kind: 'retry',
    reason,
    detail: say(timedOut ? 'no reply in time, before the mail was sent' : `${code}: ${text}`),
  };
}

function nameRefused(reply: SmtpReply): string {
  return `${reply.recipient ?? 'a recipient'} was ${isTemporary(reply) ? 'put off' : 'refused'}: ${reply.text}`;
}

/**
 * Beside 4yz: 503, which says that the session went wrong and not the mail, and every refusal before a login or a mail
 * was offered, which is of the server's state (a greeting of 554, no TLS to be had) and not of what we send.
 */
export function isTemporary({ code, command }: SmtpReply): boolean {
  return code < 500 || code === 503 || ['CONN', 'EHLO', 'HELO', 'STARTTLS'].includes(command);
}

function isPace({ code, text }: SmtpReply): boolean {
  return code < 500 && /too (many|fast|quickly)|rate|throttl/i.test(text);
}

function reasonOf({ code, text, command }: SmtpReply): Reason {
  if (code === 552 || code === 523 || /^\d+[ -]5\.3\.4\b/.test(text)) return 'too_large';
  if (command.startsWith('AUTH') || [530, 534, 535, 538].includes(code)) return 'credentials';
  if (command === 'MAIL FROM') return 'credentials';
  if (command === 'RCPT TO') return 'address';
  return command === 'DATA' ? 'content' : 'unsendable';
}

// What an SMTP server's replies mean for the outbox.
import type { Reason, Verdict } from '../notification/index.js';
import type { Say } from './detail.js';
import type { SmtpOutcome, SmtpReply } from './smtp-send.js';

/** A mail that one recipient's server took is delivered: the refused are named, and a resend would reach the others twice. */
export function judgeSmtp(outcome: SmtpOutcome, say: Say): Verdict {
  if (outcome.kind === 'accepted') {
    const refused = outcome.refused.map((each) => `${each.recipient ?? 'a recipient'} was refused: ${each.text}`);
    return { kind: 'delivered', reason: 'ok', detail: say([...refused, outcome.text].join('; ')) };
  }
  if (outcome.kind === 'refused') {
    const temporary = outcome.replies.find(isTemporary);
    const decisive = temporary ?? outcome.replies[0];
    if (decisive === undefined) return { kind: 'retry', reason: 'not_understood', detail: 'no reply' };
    const detail = say(`${decisive.command}: ${decisive.text}`);
    return temporary === undefined ? { kind: 'permanent', reason: reasonOf(decisive), detail } : { kind: 'retry', reason: isPace(decisive) ? 'rate_limited' : 'server_error', detail };
  }
  const { handedOver, timedOut, code, text } = outcome;
  const reason: Reason = timedOut ? 'timeout' : 'network';
  if (handedOver) return { kind: 'ambiguous', reason, detail: say(timedOut ? 'the mail was sent, but no reply in time' : `the mail was sent, but the connection broke before the reply: ${code}`) };
  // nodemailer itself knows the size that the server announced, and refuses addresses that could never be sent.
  if (code === 'EMESSAGE') return { kind: 'permanent', reason: 'too_large', detail: say(text) };
  if (code === 'EENVELOPE') return { kind: 'permanent', reason: 'unsendable', detail: say(text) };
  if (code === 'EPROTOCOL') return { kind: 'retry', reason: 'not_understood', detail: say(text) };
  return { kind: 'retry', reason, detail: say(timedOut ? 'no reply in time, before the mail was sent' : `${code}: ${text}`) };
}

/**
 * Beside 4yz: 503, which says that the session went wrong and not the mail, and every refusal before a login or a mail was offered, which
 * is of the server's state (a greeting of 554, no TLS to be had) and not of what we send.
 */
function isTemporary({ code, command }: SmtpReply): boolean {
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

// E-mail over SMTP: HTML with a text beside it, one thread for each episode, the same Message-ID however often a mail
// is sent (docs/protocol/channels.md#e-mail).
import type { Receipt } from '../notification/index.js';
import type { Channel, ChannelContext, ChannelType, Dressed, Dresser, Part } from './channel.js';
import { dressed } from './dressed.js';
import { type EmailSettings as Settings, emailSettings as settings, secretsOf, serverOf } from './email-settings.js';
import {
  addressOf,
  domainOf,
  isPrintable,
  mailPage,
  mailText,
  messageIdOf,
  qualified,
  subjectOf,
  threadOf,
  writeMail,
} from './mail-message.js';
import { withReceipt } from './receipts.js';
import { judgeSmtp, MailRecipients, smtpSend } from './smtp.js';
import { redactor } from './wording.js';

export const EMAIL: ChannelType<Settings> = {
  settings,
  markup: 'html',
  limit: ({ max_bytes: max }) => ({ max, unit: 'bytes' }),
  budget: { perMinute: 120 },
  // Servers look for spam and viruses before they reply to a mail, and one that was given up is sent again.
  timeoutMs: 90_000,
  // Mail programs and mailboxes show one Message-ID once.
  idempotent: true,
  dresser,
  create: openEmail,
};

function openEmail(settings: Settings, { name, now, steady = now }: ChannelContext): Channel {
  const server = serverOf(settings, steady);
  const from = addressOf(settings.from);
  const recipients = new MailRecipients([...new Set([...settings.to, ...(settings.cc ?? [])].map(addressOf))]);
  const redact = redactor(secretsOf(settings));
  return {
    dress: dresser(settings, name),
    send: async ({ content, part: { key } }, signal) => {
      const partlyThere = recipients.isPartlyThere(key);
      const outcome = await smtpSend(server, { from, to: recipients.left(key) }, content, signal);
      recipients.note(key, outcome);
      return withReceipt(judgeSmtp(outcome, redact, partlyThere), emailReceipt(content));
    },
    close: () => Promise.resolve(),
  };
}

/** A mail's own name for itself: the server gives it none that anybody could answer to. */
function emailReceipt(content: string): Receipt | undefined {
  const messageId = messageIdOf(content);
  return messageId === undefined ? undefined : { kind: 'email', messageId };
}

function dresser(settings: Settings, name: string): Dresser {
  return (part) => dress(part, settings, name);
}

function dress(part: Part, settings: Settings, channel: string): Dressed {
  const domain = domainOf(settings.from);
  const { messageId, inReplyTo } = threadOf(part, channel, domain);
  const listId = settings.list_id ?? `${channel.replace(/[^\w.-]/g, '-')}.alert-relay.${domain}`;
  const content = writeMail({
    key: part.key,
    text: mailText(part),
    html: mailPage(part),
    headers: [
      ['From', qualified(settings.from)],
      ['To', settings.to.map(qualified)],
      ...(settings.cc === undefined ? [] : [['Cc', settings.cc.map(qualified)] as const]),
      ...(settings.reply_to === undefined ? [] : [['Reply-To', qualified(settings.reply_to)] as const]),
      ['Subject', subjectOf(part)],
      ['Date', new Date(part.sentAt ?? part.message.composedAt).toUTCString().replace('GMT', '+0000')],
      ['Message-ID', messageId],
      ...(inReplyTo === undefined ? [] : [['In-Reply-To', inReplyTo] as const, ['References', inReplyTo] as const]),
      ['List-Id', `${isPrintable(channel) ? channel : 'alerts'} <${listId}>`],
      // RFC 3834: no mailbox may answer with "I am on holiday".
      ['Auto-Submitted', 'auto-generated'],
      ...(part.tone === 'critical' ? [['X-Priority', '1 (Highest)'] as const, ['Importance', 'high'] as const] : []),
    ],
  });
  return dressed(part, content, Buffer.byteLength(content));
}

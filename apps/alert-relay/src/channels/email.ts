// E-mail over SMTP (docs/protocol/channels.md#e-mail).
import type { Receipt } from '../notification/index.js';
import type { Channel, ChannelContext, ChannelType } from './channel.js';
import { EMAIL_LOOK } from './email-look.js';
import { type EmailSettings as Settings, emailSettings as settings, secretsOf, serverOf } from './email-settings.js';
import { addressOf, messageIdOf } from './mail-message.js';
import { withReceipt } from './receipts.js';
import { judgeSmtp, MailRecipients, smtpSend } from './smtp.js';
import { redactor } from './wording.js';

export const EMAIL: ChannelType<Settings> = {
  settings,
  ...EMAIL_LOOK,
  limit: ({ max_bytes: max }) => ({ max, unit: 'bytes' }),
  budget: { perMinute: 120 },
  // Servers look for spam and viruses before they reply to a mail, and one that was given up is sent again.
  timeoutMs: 90_000,
  // Mail programs and mailboxes show one Message-ID once.
  idempotent: true,
  create: openEmail,
};

function openEmail(settings: Settings, { name, now, steady = now }: ChannelContext): Channel {
  const server = serverOf(settings, steady);
  const from = addressOf(settings.from);
  const recipients = new MailRecipients([...new Set([...settings.to, ...(settings.cc ?? [])].map(addressOf))]);
  const redact = redactor(secretsOf(settings));
  return {
    dress: EMAIL_LOOK.dresser(settings, name),
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

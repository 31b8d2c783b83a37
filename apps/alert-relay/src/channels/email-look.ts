// How a message looks as an e-mail: HTML with a text beside it, one thread for each episode, the same Message-ID
// however often a mail is sent (docs/protocol/channels.md#e-mail).
import type { Dressed, Look, Part } from './channel.js';
import { dressed } from './dressed.js';
import type { EmailSettings } from './email-settings.js';
import {
  domainOf,
  isPrintable,
  mailPage,
  mailText,
  qualified,
  subjectOf,
  threadOf,
  writeMail,
} from './mail-message.js';

export const EMAIL_LOOK: Look<EmailSettings> = {
  markup: 'html',
  dresser: (settings, name) => (part) => dress(part, settings, name),
};

function dress(part: Part, settings: EmailSettings, channel: string): Dressed {
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

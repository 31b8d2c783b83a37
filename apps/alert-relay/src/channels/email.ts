// E-mail over SMTP: HTML with a text beside it, one thread for each episode, the same Message-ID however often a mail
// is sent (docs/protocol/channels.md#e-mail).
import { Secret } from '@celery-watch/service';
import { z } from 'zod';
import { secret, secretUrl, texts } from '../settings/fields.js';
import type { Channel, ChannelContext, ChannelType, Dressed, Part } from './channel.js';
import {
  addressOf,
  isMailAddress,
  isPrintable,
  mailPage,
  mailText,
  subjectOf,
  threadOf,
  writeMail,
} from './mail-message.js';
import { judgeSmtp, MailRecipients, type SmtpServer, smtpSend } from './smtp.js';
import { redactor } from './wording.js';

const WANTED = 'an e-mail address is wanted, such as ops@example.com or "Operations <ops@example.com>"';
const address = z.string(WANTED).refine(isMailAddress, { error: WANTED });
const addresses = texts(WANTED).refine((list) => list.every(isMailAddress), { error: WANTED });

const settings = z
  .strictObject({
    /** `smtp://` with STARTTLS where the server offers it, or `smtps://`; with or without `user:password@`. */
    smtp_url: secretUrl('smtp:', 'smtps:'),
    /** Instead of the ones in `smtp_url`, for a password with signs that a URL gives a meaning. */
    username: z.string('a text is wanted').min(1).optional(),
    password: secret().optional(),
    from: address,
    to: addresses,
    cc: addresses.optional(),
    reply_to: address.optional(),
    /** RFC 2919; filters of mail programs sort by it. */
    list_id: z
      .string('a text such as alerts.example.com is wanted')
      .regex(/^[\w.-]+$/, 'a text such as alerts.example.com is wanted')
      .optional(),
    /** The most that the server takes. More than it announces does not help: it would refuse the mail. */
    max_bytes: z.int('a number of bytes is wanted').min(10_000, 'at least 10000 is wanted').default(1_000_000),
    tls: z
      .strictObject({
        /** Without it a mail that needs a login is only sent over TLS, unless the server is this machine. */
        required: z.boolean('true or false is wanted').optional(),
        ca_file: z.string('a path is wanted').min(1).optional(),
        insecure_skip_verify: z.boolean('true or false is wanted').default(false),
      })
      .default({ insecure_skip_verify: false }),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    error: 'username and password are wanted together',
    path: ['username'],
  })
  .refine(({ smtp_url, username }) => username === undefined || (urlIn(smtp_url)?.username ?? '') === '', {
    error: 'a name is already in smtp_url: give it in one place',
    path: ['username'],
  })
  .refine(({ smtp_url }) => hasBoth(urlIn(smtp_url)), {
    error: 'a name without a password is in it: give both there, or username and password',
    path: ['smtp_url'],
  });
type Settings = z.infer<typeof settings>;

export const EMAIL: ChannelType<Settings> = {
  settings,
  markup: 'html',
  limit: ({ max_bytes: max }) => ({ max, unit: 'bytes' }),
  budget: { perMinute: 120 },
  // Servers look for spam and viruses before they reply to a mail, and one that was given up is sent again.
  timeoutMs: 90_000,
  // Mail programs and mailboxes show one Message-ID once.
  idempotent: true,
  create: openEmail,
};

/** Undefined where the URL itself was refused: the checks of the whole object run all the same. */
function urlIn(given: unknown): URL | undefined {
  return given instanceof Secret ? new URL(given.reveal()) : undefined;
}

function hasBoth(url: URL | undefined): boolean {
  return url === undefined || (url.username === '') === (url.password === '');
}

function openEmail(settings: Settings, { name }: ChannelContext): Channel {
  const server = serverOf(settings);
  const from = addressOf(settings.from);
  const recipients = new MailRecipients([...new Set([...settings.to, ...(settings.cc ?? [])].map(addressOf))]);
  const redact = redactor([settings.smtp_url.reveal(), ...(server.login === undefined ? [] : [server.login.pass])]);
  return {
    dress: (part) => dress(part, settings, name),
    send: async ({ content, part: { key } }, signal) => {
      const partlyThere = recipients.isPartlyThere(key);
      const outcome = await smtpSend(server, { from, to: recipients.left(key) }, content, signal);
      recipients.note(key, outcome);
      return judgeSmtp(outcome, redact, partlyThere);
    },
    close: () => Promise.resolve(),
  };
}

function serverOf({ smtp_url, username, password, tls }: Settings): SmtpServer {
  const url = new URL(smtp_url.reveal());
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const user = username ?? decoded(url.username);
  const login = user === '' ? undefined : { user, pass: password?.reveal() ?? decoded(url.password) };
  const nearby = ['localhost', '127.0.0.1', '::1'].includes(host);
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: !secure && (tls.required ?? (login !== undefined && !nearby)),
    caFile: tls.ca_file,
    verify: !tls.insecure_skip_verify,
    login,
  };
}

/** A password with a bare `%` in it was never encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function dress(part: Part, settings: Settings, channel: string): Dressed {
  const domain = addressOf(settings.from).split('@')[1] ?? 'localhost';
  const { messageId, inReplyTo } = threadOf(part, channel, domain);
  const listId = settings.list_id ?? `${channel.replace(/[^\w.-]/g, '-')}.alert-relay.${domain}`;
  const content = writeMail({
    key: part.key,
    text: mailText(part),
    html: mailPage(part),
    headers: [
      ['From', settings.from],
      ['To', settings.to],
      ...(settings.cc === undefined ? [] : [['Cc', settings.cc] as const]),
      ...(settings.reply_to === undefined ? [] : [['Reply-To', settings.reply_to] as const]),
      ['Subject', subjectOf(part.message)],
      ['Date', new Date(part.sentAt ?? part.message.composedAt).toUTCString().replace('GMT', '+0000')],
      ['Message-ID', messageId],
      ...(inReplyTo === undefined ? [] : [['In-Reply-To', inReplyTo] as const, ['References', inReplyTo] as const]),
      ['List-Id', `${isPrintable(channel) ? channel : 'alerts'} <${listId}>`],
      // RFC 3834: no mailbox may answer with "I am on holiday".
      ['Auto-Submitted', 'auto-generated'],
      ...(part.tone === 'critical' ? [['X-Priority', '1 (Highest)'] as const, ['Importance', 'high'] as const] : []),
    ],
  });
  return { content, size: Buffer.byteLength(content), part };
}

// A mail as the text that goes over the wire: addresses, the thread of an episode, the page around the sections, MIME.
// Made in one go, the same bytes for the same part, so that it can be counted and shown before it is sent.
import { createHash } from 'node:crypto';
import { clip } from '@celery-watch/service/texts';
import type { Part, Tone } from './channel.js';
import { nodemailer } from './nodemailer.js';
import { escape } from '@celery-watch/html';
import { pieces, titleLine } from './wording.js';

export interface MailContent {
  /** In their order; addresses and texts are encoded here, and a line break in a value cannot begin a header. */
  readonly headers: readonly (readonly [name: string, value: string | readonly string[]])[];
  readonly text: string;
  readonly html: string;
  /** Unlike any other mail's; letters, digits, `-`. */
  readonly key: string;
}

/** Of ASCII only, every line shorter than 998 bytes, CRLF between lines. */
export function writeMail({ headers, text, html, key }: MailContent): string {
  // Nothing in quoted-printable or base64 can read like this line: both know no `=_`.
  const boundary = `=_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
  const MimeNode = nodemailer.mimeNode();
  const root = new MimeNode('multipart/alternative').setHeader(
    'Content-Type',
    `multipart/alternative; boundary="${boundary}"`,
  );
  for (const [name, value] of headers) root.setHeader(name, typeof value === 'string' ? value : [...value]);
  const alternatives = [writePart('text/plain', text), writePart('text/html', html)];
  return `${root.buildHeaders()}\r\n\r\n${alternatives.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;
}

/** As the mail's own headers have it, with its angle brackets. */
export function messageIdOf(mail: string): string | undefined {
  const end = mail.indexOf('\r\n\r\n');
  return /^Message-ID:\s*(<[^\s<>]+>)/im.exec(end === -1 ? mail : mail.slice(0, end))?.[1];
}

/** Above it nobody reads the source, and quoted-printable takes fifteen times as long to write. */
const QUOTED_UP_TO = 50_000;

/** Quoted-printable where it is the shorter one, which a person can read; base64 for Chinese and emoji. */
function writePart(type: string, content: string): string {
  const lines = content.replace(/\r\n?|\n/g, '\r\n');
  const base64 = Buffer.from(lines, 'utf8')
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\r\n');
  const { encode, wrap } = nodemailer.quotedPrintable();
  const quoted = lines.length > QUOTED_UP_TO ? undefined : wrap(encode(lines));
  const [encoding, body] =
    quoted !== undefined && quoted.length <= base64.length ? ['quoted-printable', quoted] : ['base64', base64];
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
}

/** One address, with or without a name, that can be put on the wire as it is. */
export function isMailAddress(text: string): boolean {
  if (/[\r\n]/.test(text)) return false;
  const parsed = nodemailer.addressparser()(text, { flatten: true });
  return parsed.length === 1 && ADDRESS.test(parsed[0]?.address ?? '');
}

/** A domain's steps are not empty; an address of a machine stands in brackets (RFC 5321, 4.1.3). */
const ADDRESS =
  /^[^\s@<>"(),;:\\]+@(?:[^\s@<>"(),;:\\[\].]+(?:\.[^\s@<>"(),;:\\[\].]+)*|\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[\da-f:.]+)\])$/i;

/** The name of a user of a machine, such as `root`. */
export function isLocalUser(text: string): boolean {
  return /^[a-z_][\w.+-]*$/i.test(text);
}

/** What stands for it on the wire: `root` is `root@localhost`. */
export function qualified(text: string): string {
  return isLocalUser(text) ? `${text}@localhost` : text;
}

/** The address without its name. */
export function addressOf(text: string): string {
  return nodemailer.addressparser()(qualified(text), { flatten: true })[0]?.address ?? text;
}

/** A domain for names of our own beside an address; the number of a machine is none. */
export function domainOf(text: string): string {
  const domain = addressOf(text).split('@')[1] ?? '';
  return domain === '' || domain.startsWith('[') ? 'localhost' : domain;
}

/** A word or words that need no encoding in a header. */
export function isPrintable(text: string): boolean {
  return /^[\w .-]+$/.test(text);
}

export interface Thread {
  readonly messageId: string;
  /** The episode's first mail; undefined in that one. */
  readonly inReplyTo: string | undefined;
}

/**
 * The mail that opens an episode carries the id that all its others name, an id that can be worked out from the episode
 * alone. What another channel could not deliver never carries it: the same channel may have sent the opening mail
 * itself, and mail programs show one id once.
 */
export function threadOf({ key, index, message }: Part, channel: string, domain: string): Thread {
  const root = `<episode.${createHash('sha256').update(`${channel}\n${message.episode.id}`).digest('hex').slice(0, 32)}@${domain}>`;
  const opens = message.episode.opened && index === 1 && message.undelivered === undefined;
  return opens ? { messageId: root, inReplyTo: undefined } : { messageId: `<${key}@${domain}>`, inReplyTo: root };
}

const LONGEST_SUBJECT = 180;

/** What an inbox shows: state, number and names. Gmail begins another conversation where it changes. */
export function subjectOf({ subject, title }: Part): string {
  return clip(titleLine(subject ?? title), LONGEST_SUBJECT);
}

const COLOURS: Readonly<Record<Tone, string>> = {
  critical: '#c62828',
  warning: '#b26a00',
  info: '#1565c0',
  resolved: '#2e7d32',
};

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei',sans-serif";

/**
 * A `<style>` and a `<div class="preheader">` at the beginning of the first section move to where mail programs look
 * for them.
 */
export function mailPage({ title, tone, body }: Part): string {
  const line = escape(titleLine(title));
  const [first = '', ...others] = pieces(body);
  const styled = lift(first, '<style>', '</style>');
  const introduced = lift(styled.rest, '<div class="preheader"', '</div>');
  const sections = [introduced.rest, ...others]
    .filter((each) => each !== '')
    .map((each) => `<tr><td style="padding:12px 20px;border-top:1px solid #e5e7eb">${each}</td></tr>`);
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${line}</title>
${styled.lifted}
</head>
<body style="margin:0;padding:0;background:#f3f4f6;${FONT};font-size:15px;line-height:1.5;color:#1f2937">
${introduced.lifted}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f6"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border-radius:6px;overflow:hidden;text-align:left;word-break:break-word">
<tr><td style="padding:14px 20px;background:${COLOURS[tone]};color:#ffffff;font-size:17px;font-weight:600">${line}</td></tr>
${sections.join('\n')}
</table>
</td></tr></table>
</body>
</html>
`;
}

/** Gmail reads styles in the head of the document only, and an inbox shows the first text of the body. */
function lift(text: string, begin: string, end: string): { readonly lifted: string; readonly rest: string } {
  const at = text.startsWith(begin) ? text.indexOf(end) : -1;
  if (at === -1) return { lifted: '', rest: text };
  return { lifted: text.slice(0, at + end.length), rest: text.slice(at + end.length).trimStart() };
}

export function mailText({ title, plain }: Part): string {
  return `${[titleLine(title), ...pieces(plain)].join('\n\n')}\n`;
}

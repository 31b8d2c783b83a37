// A mail as the text that goes over the wire: made in one go, the same bytes for the same part, so that it can be
// counted and shown before it is sent.
import { createHash } from 'node:crypto';
import MimeNode from 'nodemailer/lib/mime-node';
import { encode, wrap } from 'nodemailer/lib/qp';

export interface MailParts {
  /** In their order; addresses and texts are encoded here, and a line break in a value cannot begin a header. */
  readonly headers: readonly (readonly [name: string, value: string | readonly string[]])[];
  readonly text: string;
  readonly html: string;
  /** Unlike any other mail's; letters, digits, `-`. */
  readonly key: string;
}

/** Of ASCII only, every line shorter than 998 bytes, CRLF between lines. */
export function writeMail({ headers, text, html, key }: MailParts): string {
  // Nothing in quoted-printable or base64 can read like this line: both know no `=_`.
  const boundary = `=_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
  const root = new MimeNode('multipart/alternative').setHeader(
    'Content-Type',
    `multipart/alternative; boundary="${boundary}"`,
  );
  for (const [name, value] of headers) root.setHeader(name, typeof value === 'string' ? value : [...value]);
  const alternatives = [writePart('text/plain', text), writePart('text/html', html)];
  return `${root.buildHeaders()}\r\n\r\n${alternatives.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n`;
}

/** Above it nobody reads the source, and quoted-printable takes fifteen times as long to write. */
const QUOTED_UP_TO = 50_000;

/** Quoted-printable where it is the shorter one, which a person can read; base64 for Chinese and emoji. */
function writePart(type: string, content: string): string {
  const lines = content.replace(/\r\n?|\n/g, '\r\n');
  const base64 = Buffer.from(lines, 'utf8')
    .toString('base64')
    .replace(/.{76}(?=.)/g, '$&\r\n');
  const quoted = lines.length > QUOTED_UP_TO ? undefined : wrap(encode(lines));
  const [encoding, body] =
    quoted !== undefined && quoted.length <= base64.length ? ['quoted-printable', quoted] : ['base64', base64];
  return `Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}`;
}

// A mail read as a mail program reads it.
import { simpleParser } from 'mailparser';

export interface Mail {
  readonly subject: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly date: number | undefined;
  readonly messageId: string | undefined;
  readonly inReplyTo: string | undefined;
  readonly references: readonly string[];
  readonly text: string;
  readonly html: string;
  /** Every header as it stands in the mail, by its name in small letters. */
  readonly headers: ReadonlyMap<string, string>;
}

export async function readMail(raw: string): Promise<Mail> {
  const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true });
  const addresses = (field: typeof mail.to): string[] =>
    [field ?? []].flat().flatMap((each) => each.value.map(({ address }) => address ?? ''));
  return {
    subject: mail.subject ?? '',
    from: mail.from?.text ?? '',
    to: addresses(mail.to),
    cc: addresses(mail.cc),
    date: mail.date?.getTime(),
    messageId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    references: [mail.references ?? []].flat(),
    text: mail.text ?? '',
    html: mail.html || '',
    headers: new Map(mail.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()])),
  };
}

// Texts on their way to servers: no broken characters, sections joined, titles that are no markup; and what servers
// said, without the secrets that they like to repeat.
import { clip, redactUrl } from '@celery-watch/service/texts';
import type { Sections } from './channel.js';

/**
 * Without half characters and control characters (they become �): some servers refuse the whole message because of one.
 */
export function clean(text: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd');
}

/** One line, clean; never empty, which some servers refuse. */
export function titleLine(title: string): string {
  return clean(title).replace(/\s+/g, ' ').trim() || '—';
}

/** The sections' texts in order, without the empty ones. */
export function pieces({ head, blocks, foot }: Sections): string[] {
  return [head, ...blocks, foot].map((each) => clean(each).trimEnd()).filter((each) => each !== '');
}

export function bytes(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

const LOOKALIKES: Readonly<Record<string, string>> = {
  '<': '＜',
  ']': '］',
  '*': '∗',
  '`': 'ˋ',
  '~': '∼',
  '\\': '＼',
  '&': '＆',
  '@': '＠',
};

/**
 * A title for the Markdown of robots. It has no escape that works in all their clients, so signs that would do
 * something become letters that look alike.
 */
export function robotMarkdown(title: string): string {
  const inert = titleLine(title).replace(
    /[<*`~\\]|\](?=[([:])|&(?=#?\w+;)|(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}_])/gu,
    (sign) => LOOKALIKES[sign] ?? sign,
  );
  return changeLooseUnderscores(inert, (run) => 'ˍ'.repeat(run.length));
}

/** For Slack's mrkdwn: with these three escaped no mention and no link can be written. */
export function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Of underscores, a whole run at a time, so that none is looked at twice; a run within a word is the first group. */
const RUNS = /((?<=[\p{L}\p{N}])_+(?=[\p{L}\p{N}]))|_+/gu;

/**
 * Changes the runs of underscores that do not stand between letters or digits. Inside of a word no client
 * reads them as a sign and people copy them; elsewhere they may begin emphasis. In time linear to the text.
 */
export function changeLooseUnderscores(text: string, change: (run: string) => string): string {
  return text.replace(RUNS, (run: string, inWord: string | undefined) => inWord ?? change(run));
}

/** Makes the detail of a verdict from whatever a server said: one line for people. */
export type Redact = (text: string) => string;

const LONGEST_DETAIL = 300;
/**
 * Much more than is shown, so that a secret at the end of what is shown is still found whole. Not everything: looking
 * for passwords in a page of 64 kB takes seconds.
 */
const MOST_LOOKED_AT = 4_000;

/** Knows the channel's secrets: texts, and the tokens that stand in the path, the query or the password of URLs. */
export function redactor(secrets: readonly string[]): Redact {
  const hidden = [...new Set(secrets.flatMap(tokensOf))].sort((a, b) => b.length - a.length);
  return (text) => {
    let line = text;
    for (const each of hidden) line = line.replaceAll(each, '[redacted]');
    line = redactUrl(line.slice(0, MOST_LOOKED_AT))
      .toWellFormed()
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim();
    return clip(line, LONGEST_DETAIL);
  };
}

function tokensOf(secret: string): string[] {
  const url = /^[a-z]+:\/\//i.test(secret) ? readUrl(secret) : undefined;
  if (url === undefined) return inEveryForm(secret).filter((each) => each.length >= 4);
  const path = url.pathname.split('/').filter((each) => each.length >= 20 || (each.length >= 8 && /\d/.test(each)));
  const query = [...url.searchParams.values()].filter((each) => each.length >= 6);
  return [
    secret,
    ...[...path, ...query].flatMap(inEveryForm),
    ...(url.password === '' ? [] : loginForms(decoded(url.username), decoded(url.password))),
  ];
}

/** How a server may repeat a login: as it was given, and as HTTP's and SMTP's Basic, PLAIN and LOGIN wrote it. */
export function loginForms(username: string, password: string): string[] {
  const written = [`${username}:${password}`, `\0${username}\0${password}`, `${username}\0${username}\0${password}`];
  return [...inEveryForm(password), ...written.map((each) => Buffer.from(each).toString('base64'))];
}

/** A secret as it is, and as URLs, JSON, HTML and base64 write it. */
function inEveryForm(text: string): string[] {
  const inJson = JSON.stringify(text).slice(1, -1);
  const inHtml = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const forms = [
    text,
    encodeURIComponent(text.toWellFormed()),
    decoded(text),
    inJson,
    inJson.replaceAll('/', '\\/'),
    ...['&quot;', '&#34;'].map((quote) => inHtml.replaceAll('"', quote)),
    inHtml.replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
    Buffer.from(text).toString('base64'),
  ];
  return [...new Set(forms)].filter((each) => each !== '');
}

/** The same text where it is not percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}

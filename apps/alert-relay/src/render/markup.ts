// Text and addresses of others made safe: cleaned for every reader, escaped for each markup (it is shown and does
// nothing), and linked only where an address may become a link.
import { escape } from '@celery-watch/html';
import { isolateWhole } from './isolate.js';
import type { Markup } from '../channels/channel.js';
import { changeLooseUnderscores } from '../channels/wording.js';

/** The most that is kept of one text, in UTF-16 units: nobody reads more, and cleaning it would delay other alerts. */
const MOST_READ = 20_000;

/**
 * A text of several lines: controls and marks of direction removed, half characters replaced, at most one line break in
 * a row, trimmed; of a text that is longer than anybody reads the beginning, with an ellipsis. `most`: of how many
 * UTF-16 units.
 */
export function cleanText(text: string, most = MOST_READ): string {
  const whole = text.trim();
  const read = whole.length > most ? `${whole.slice(0, most)}…` : whole;
  // Line by line: a pattern for "blanks around a line break" looks at each run of blanks again from each of its blanks.
  return harmless(read)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

/** Removes what could harm a reader and changes nothing else: for texts that are put beside others. */
export function harmless(text: string): string {
  return withoutHarm(text, HARMFUL);
}

// The joiners hold emoji and some scripts together; everything else of these classes is invisible or moves the text.
const HARMFUL = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}]/gu;
/** For what was put together here: texts of others have lost their marks by then, and ours are balanced. */
const KEEPING_ISOLATES = /(?![\n\u200c\u200d])(?![\u2068\u2069])[\p{Cc}\p{Cf}]/gu;

function withoutHarm(text: string, harm: RegExp): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\v\f\u0085\u2028\u2029]/g, '\n')
    .replace(/\t/g, ' ')
    .replace(harm, '');
}

/** A line that was put together here, with its isolated texts. */
export function cleanOwnLine(text: string): string {
  return isolateWhole(withoutHarm(text.replace(/\s+/g, ' ').trim(), KEEPING_ISOLATES));
}

/** The same in one line. */
export function cleanLine(text: string, most?: number): string {
  return cleanText(text, most).replace(/\s+/g, ' ');
}

const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Code units that one character may have on average: letters with a thousand accents must not get around the limit. */
const UNITS_PER_CHARACTER = 4;
const UNITS_BESIDE = 32;

/** The first `most` characters as people count them, never a part of one; `mark` says that it goes on. */
export function shorten(text: string, most: number, mark: string): string {
  if (text.length <= most) return text;
  let kept = 0;
  let end = 0;
  for (const { segment, index } of GRAPHEMES.segment(
    text.slice(0, (most + 1) * UNITS_PER_CHARACTER + 2 * UNITS_BESIDE),
  )) {
    const next = index + segment.length;
    if (kept === most || next > most * UNITS_PER_CHARACTER + UNITS_BESIDE)
      return `${text.slice(0, end).trimEnd()}${mark}`;
    kept++;
    end = next;
  }
  return end >= text.length ? text : `${text.slice(0, end).trimEnd()}${mark}`;
}

/**
 * Has no width and breaks no line: it parts letters that a client would read as one sign. Cleaning removes it from the
 * text of others.
 */
const WORD_JOINER = '\u2060';

/**
 * `text` as this markup shows it: no tag, link, mention, emphasis, heading, quote or list comes out of it. Line breaks
 * stay; a text may stand at the beginning of a line or not.
 */
export function escapeFor(markup: Markup, text: string): string {
  return ESCAPES[markup](isolateWhole(withoutHarm(text, KEEPING_ISOLATES)));
}

const ESCAPES: Record<Markup, (text: string) => string> = {
  html,
  plain: (text) => text,
  slack,
  dingtalk: markdown,
  wecom: markdown,
  feishu,
};

function html(text: string): string {
  return escape(text).replaceAll('\n', '<br>');
}

/**
 * Slack decodes three entities and knows no escape for its emphasis, so those signs become letters that look alike. It
 * reads `&gt;` at the beginning of a line as a quote, `:100:` as a picture, and may read @here and #channel in a text.
 */
function slack(text: string): string {
  return emphasis(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/^( *)(?=&gt;)/gm, `$1${WORD_JOINER}`)
    .replace(/:(?=[\w+'-]+:)/g, `:${WORD_JOINER}`)
    .replace(/(?<![\p{L}\p{N}])([@#])(?=[\p{L}\p{N}_])/gu, `$1${WORD_JOINER}`)
    .replace(/@(?=here|channel|everyone|group)/gi, `@${WORD_JOINER}`);
}

/**
 * Signs of emphasis as letters that look alike; `_` stays inside of words, where no client reads it as a sign and
 * people copy it.
 */
function emphasis(text: string): string {
  return changeLooseUnderscores(text.replaceAll('*', '∗').replaceAll('`', 'ˋ').replaceAll('~', '∼'), (run) =>
    'ˍ'.repeat(run.length),
  );
}

/**
 * What begins a line as a list, a rule or the underlining of a heading: a sign with a space behind it or nothing but
 * signs.
 */
const LIST = /^( *)(?=[-+](?: |$)|[-=][-= ]*$|\d+[.)](?: |$))/gm;

const WIDE: Record<string, string> = { '<': '＜', '[': '［', ']': '］', '|': '｜' };

/**
 * DingTalk and WeCom document no escape and their clients differ: some show a backslash, some show an entity as it is.
 * So signs that do something become their wide twins everywhere they could do it, and stay where they cannot.
 */
function markdown(text: string): string {
  return (
    emphasis(text)
      .replace(/[<[\]|]/g, (sign) => WIDE[sign] ?? sign)
      .replace(/&(?=#?\w+;)/g, '＆')
      .replace(/\\(?=[!-/:-@[-`{-~]|$)/gm, '＼')
      // Headings, quotes, lists, rules and the underlining of headings begin a line.
      .replace(/^( *)>/gm, '$1＞')
      .replace(/^( *)#/gm, '$1＃')
      .replace(LIST, `$1${WORD_JOINER}`)
      .replace(/(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}_])/gu, `@${WORD_JOINER}`)
  );
}

/** Feishu documents numeric entities for every sign of its markdown. */
function feishu(text: string): string {
  return changeLooseUnderscores(text.replace(/&(?=#?\w+;)|[<>*~`[\]\\$|]/g, entity), (run) =>
    entity('_').repeat(run.length),
  )
    .replace(/!(?=&#91;)/g, '&#33;')
    .replace(/:(?=[\w+'-]+:)/g, '&#58;')
    .replace(/^( *)#/gm, '$1&#35;')
    .replace(LIST, `$1${WORD_JOINER}`);
}

function entity(sign: string): string {
  return `&#${sign.charCodeAt(0)};`;
}

/** Longer ones are cut by some clients on the way, and a link that is cut leads nowhere. */
const LONGEST = 4_000;

/**
 * An address that may become a link, safe within the signs of every markup: only http and https, no name and password
 * in it, everything that could end a link percent-encoded. Undefined for anything else.
 */
export function safeUrl(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed.length > LONGEST || !/^https?:\/\//i.test(trimmed)) return undefined;
  const url = URL.parse(trimmed.toWellFormed());
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  // The host was checked by the parser, and an IPv6 address needs its brackets.
  const address =
    url.origin + `${url.pathname}${url.search}${url.hash}`.replace(/[^\w\-.~:/?#@!$&+,;=%]/gu, (sign) => percent(sign));
  return address.length <= LONGEST ? address : undefined;
}

function percent(sign: string): string {
  return Array.from(
    new TextEncoder().encode(sign),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}

/** A link in a markup, or nothing where the address may not become one. `style` is for HTML. */
export function link(markup: Markup, address: string | undefined, text: string, style = ''): string {
  const url = safeUrl(address);
  if (url === undefined) return '';
  const label = escapeFor(markup, text);
  switch (markup) {
    case 'html':
      return (
        '<a ' +
        `href="${escapeFor('html', url)}"${style === '' ? '' : ` style="${escapeFor('html', style)}"`}>${label}</a>`
      );
    case 'slack':
      return `<${url.replaceAll('&', '&amp;')}|${label}>`;
    case 'dingtalk':
    case 'wecom':
    case 'feishu':
      return `[${label}](${url})`;
    case 'plain':
      return `${label}: ${url}`;
  }
}

type Labels = Readonly<Record<string, string>>;

/** AlertManager's form for a new silence, filled in for these labels; undefined where its address is not known. */
export function silenceUrl(externalURL: string, labels: Labels): string | undefined {
  return page(externalURL, 'silences/new', labels);
}

/** AlertManager's list of the alerts with these labels. */
export function alertsUrl(externalURL: string, labels: Labels): string | undefined {
  return page(externalURL, 'alerts', labels);
}

/**
 * AlertManager's pages read `filter={name="value", …}`, values as JSON texts, percent-encoded behind the `#`
 * (docs/protocol/alertmanager.md#pages).
 */
function page(externalURL: string, name: string, labels: Labels): string | undefined {
  const base = safeUrl(externalURL)
    ?.replace(/[?#].*$/, '')
    .replace(/(?<!\/)\/+$/, '');
  if (base === undefined) return undefined;
  // Other names make older pages refuse the whole filter.
  const matchers = Object.entries(labels)
    .filter(([label]) => /^[A-Za-z_]\w*$/.test(label))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (matchers.length === 0) return safeUrl(`${base}/#/${name}`);
  const filter = `{${matchers.map(([label, value]) => `${label}=${JSON.stringify(value.toWellFormed())}`).join(', ')}}`;
  return safeUrl(`${base}/#/${name}?filter=${encodeURIComponent(filter)}`);
}

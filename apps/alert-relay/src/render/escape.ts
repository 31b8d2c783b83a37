// Text of others made inert in each markup: whatever an alert holds, it is shown and does nothing.
import type { Markup } from '../channels/channel.js';
import { changeLooseUnderscores } from '../channels/underscores.js';
import { harmless } from './clean.js';

/**
 * Has no width and breaks no line: it parts letters that a client would read as one sign. Cleaning removes it from the
 * text of others.
 */
const PART = '\u2060';

/**
 * `text` as this markup shows it: no tag, link, mention, emphasis, heading, quote or list comes out of it. Line breaks
 * stay; a text may stand at the beginning of a line or not.
 */
export function escapeFor(markup: Markup, text: string): string {
  return ESCAPES[markup](harmless(text));
}

const ESCAPES: Record<Markup, (text: string) => string> = {
  html,
  plain: (text) => text,
  slack,
  dingtalk: markdown,
  wecom: markdown,
  feishu,
};

const HTML: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function html(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => HTML[sign] ?? sign).replaceAll('\n', '<br>');
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
    .replace(/^( *)(?=&gt;)/gm, `$1${PART}`)
    .replace(/:(?=[\w+'-]+:)/g, `:${PART}`)
    .replace(/(?<![\p{L}\p{N}])([@#])(?=[\p{L}\p{N}_])/gu, `$1${PART}`)
    .replace(/@(?=here|channel|everyone|group)/gi, `@${PART}`);
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
      .replace(LIST, `$1${PART}`)
      .replace(/(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}_])/gu, `@${PART}`)
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
    .replace(LIST, `$1${PART}`);
}

function entity(sign: string): string {
  return `&#${sign.charCodeAt(0)};`;
}

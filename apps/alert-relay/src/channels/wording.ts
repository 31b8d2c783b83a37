// Texts as servers take them: no broken characters, sections joined, titles that are no markup.
import type { Sections } from './channel.js';

/**
 * Without half characters and without control characters (they show as �): some servers refuse the whole message for
 * one.
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

const TWINS: Readonly<Record<string, string>> = {
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
 * A title for the Markdown of robots, which knows no escape that works in all their clients: signs become their twins
 * where they would do something.
 */
export function robotMarkdown(title: string): string {
  const inert = titleLine(title).replace(
    /[<*`~\\]|\](?=[([:])|&(?=#?\w+;)|(?<![\p{L}\p{N}])@(?=[\p{L}\p{N}_])/gu,
    (sign) => TWINS[sign] ?? sign,
  );
  return changeLooseUnderscores(inert, (run) => 'ˍ'.repeat(run.length));
}

/** For Slack's mrkdwn: with these three escaped no mention and no link can be written. */
export function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

export function htmlText(text: string): string {
  return slackText(text).replaceAll('"', '&quot;').replaceAll("'", '&#39;');
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

// A message as the clients of DingTalk and WeCom show it: the part of Markdown that both documents name.
import { html, type Html, link, type Content } from '@celery-watch/html';
import { lines, mention, readInline, type Run } from './inline.js';

const BOLD: Run = {
  pattern: /\*\*(?=\S)(.+?)(?<=\S)\*\*/y,
  make: ([, words = ''], read) => html`<b>${read(words)}</b>`,
};
const LINK: Run = {
  pattern: /\[([^\]\n]*)\]\((https?:[^)\s]+)\)/y,
  make: ([, words = '', url = ''], read) => link(url, read(words)),
};

interface Dingtalk {
  readonly markdown: { readonly text: string };
  readonly at?: {
    readonly atMobiles?: readonly string[];
    readonly atUserIds?: readonly string[];
    readonly isAtAll?: boolean;
  };
}

/** Whom `at` names is called where the text names them too; a name that only stands in the text is text. */
export function showDingtalk(raw: string): Html {
  const { markdown, at = {} } = JSON.parse(raw) as Dingtalk;
  const called = [...(at.atMobiles ?? []), ...(at.atUserIds ?? [])];
  const runs: readonly Run[] = [
    { pattern: /@([\w.+-]+)/y, make: ([whole, id = '']) => (called.includes(id) ? mention(id) : html`${whole}`) },
    BOLD,
    LINK,
  ];
  // DingTalk's Markdown breaks a line behind two spaces alone.
  return html`${blocks(markdown.text.replace(/(?<! {2}|\n)\n(?!\n)/g, ' '), runs)}${at.isAtAll === true ? html`<p>${mention('所有人')}</p>` : ''}`;
}

type Wecom =
  | { readonly msgtype: 'markdown'; readonly markdown: { readonly content: string } }
  | {
      readonly msgtype: 'text';
      readonly text: {
        readonly content: string;
        readonly mentioned_list?: readonly string[];
        readonly mentioned_mobile_list?: readonly string[];
      };
    };

export function showWecom(raw: string): Html {
  const message = JSON.parse(raw) as Wecom;
  if (message.msgtype === 'markdown')
    return html`${blocks(message.markdown.content, [{ pattern: /<@([\w.@-]+)>/y, make: ([, id = '']) => mention(id) }, BOLD, LINK])}`;
  const { content, mentioned_list: ids = [], mentioned_mobile_list: mobiles = [] } = message.text;
  return html`<p>${lines(content, (line) => line)}</p><p>${[...ids, ...mobiles].map((each) => html`${mention(each.replace(/^@/, ''))} `)}</p>`;
}

/** Paragraphs, and headings by their `#`. */
function blocks(text: string, runs: readonly Run[]): Content {
  const read = (line: string): Content => readInline(line, runs, (plain) => plain);
  return text.split(/\n{2,}/).map((block) => {
    const heading = /^#{1,6} (.*)$/.exec(block);
    return heading === null
      ? html`<p>${lines(block, read)}</p>`
      : html`<p class="heading">${read(heading[1] ?? '')}</p>`;
  });
}

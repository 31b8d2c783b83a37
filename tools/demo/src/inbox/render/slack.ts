// A message as Slack shows it: Block Kit's header and sections, attachments beside a coloured bar. Source: Slack's
// documents of blocks and mrkdwn.
import { html, type Html, link, NOTHING, type Content } from '@celery-watch/html';
import { lines, mention, readInline, type Run } from './inline.js';

interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
}

interface Message {
  readonly text?: string;
  readonly blocks?: readonly Block[];
  readonly attachments?: readonly { readonly color?: string; readonly blocks?: readonly Block[] }[];
}

const RUNS: readonly Run[] = [
  { pattern: /<!(\w+)>/y, make: ([, word = '']) => mention(word) },
  { pattern: /<!subteam\^(\w+)>/y, make: ([, id = '']) => mention(id) },
  { pattern: /<@(\w+)>/y, make: ([, id = '']) => mention(id) },
  {
    pattern: /<(https?:[^|>\s]+)\|([^>]*)>/y,
    make: ([, url = '', words = ''], read) => link(decode(url), read(words)),
  },
  { pattern: /<(https?:[^|>\s]+)>/y, make: ([, url = '']) => link(decode(url), decode(url)) },
  {
    pattern: /\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\p{L}\p{N}])/uy,
    make: ([, words = ''], read) => html`<b>${read(words)}</b>`,
  },
];

export function showSlack(raw: string): Html {
  const { text = '', blocks = [], attachments = [] } = JSON.parse(raw) as Message;
  const own = blocks.length > 0 ? blocks.map(showBlock) : html`<p>${mrkdwn(text)}</p>`;
  const beside = attachments.map(
    ({ color = '', blocks: inner = [] }) =>
      html`<div class="bar" style="--bar:${/^#\w{6}$/.test(color) ? color : '#bbbbbb'}">${inner.map(showBlock)}</div>`,
  );
  return html`${own}${beside}`;
}

function showBlock({ type, text }: Block): Html {
  if (type === 'divider') return html`<hr>`;
  if (text === undefined) return NOTHING;
  if (type === 'header') return html`<p class="heading">${text.text}</p>`;
  return html`<p>${text.type === 'mrkdwn' ? mrkdwn(text.text) : text.text}</p>`;
}

function mrkdwn(text: string): Content {
  return lines(text, (line) => readInline(line, RUNS, decode));
}

/** Slack knows these three entities and no others. */
function decode(text: string): string {
  return text.replace(/&(lt|gt|amp);/g, (_, name: string) => ({ lt: '<', gt: '>' })[name] ?? '&');
}

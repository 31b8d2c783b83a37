// A card as Feishu shows it: a coloured header, Markdown and rules. Source: Feishu's document of cards.
import { html, type Html, link } from '@celery-watch/html';
import { lines, mention, readInline, type Run } from './inline.js';

interface Card {
  readonly card: {
    readonly header: { readonly template: string; readonly title: { readonly content: string } };
    readonly elements: readonly { readonly tag: string; readonly content?: string }[];
  };
}

const COLOURS: Readonly<Record<string, string>> = {
  red: '#d83931',
  orange: '#b35900',
  blue: '#245bdb',
  green: '#1f7a2c',
};

const RUNS: readonly Run[] = [
  { pattern: /<at id=([\w-]+)><\/at>/y, make: ([, id = '']) => mention(id === 'all' ? '所有人' : id) },
  { pattern: /\*\*(?=\S)(.+?)(?<=\S)\*\*/y, make: ([, words = ''], read) => html`<b>${read(words)}</b>` },
  { pattern: /\[([^\]\n]*)\]\((https?:[^)\s]+)\)/y, make: ([, words = '', url = ''], read) => link(url, read(words)) },
];

export function showFeishu(raw: string): Html {
  const {
    card: { header, elements },
  } = JSON.parse(raw) as Card;
  const shown = elements.map(({ tag, content = '' }) =>
    tag === 'hr' ? html`<hr>` : html`<p>${lines(content, (line) => readInline(line, RUNS, decode))}</p>`,
  );
  return html`<p class="card-head" style="--head:${COLOURS[header.template] ?? '#646a73'}">${header.title.content}</p>${shown}`;
}

/** Numeric entities are Feishu's escape. */
function decode(text: string): string {
  return text.replace(/&#(\d{1,6});/g, (whole, code: string) =>
    Number(code) <= 0x10ffff ? String.fromCodePoint(Number(code)) : whole,
  );
}

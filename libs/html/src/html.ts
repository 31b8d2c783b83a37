// HTML that is safe by construction: what is put into a template is escaped unless it is HTML made by another template.

/** Text that is HTML already. Made by a template, or of text of ours that is known to be HTML. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Html | string | number | readonly Content[];
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

type Tag = (strings: TemplateStringsArray, ...parts: readonly Content[]) => Html;

/** A template whose parts are escaped, with every character kept; lists are joined, and HTML goes in as it is. */
export const html = tag(escape);

/** The same for names and values that came off a socket: what a reader cannot see in them is written out. */
export const visibleHtml = tag(escapeVisibly);

export const NOTHING = html``;

/** A link that opens beside the page; of an address that is neither http nor https, only the words. */
export function link(address: string, words: Content): Html {
  return /^https?:\/\//i.test(address)
    ? html`<a href="${address}" target="_blank" rel="noopener noreferrer">${words}</a>`
    : html`${words}`;
}

/** A name that came off a socket: apart from the text around it, so that its writing direction stays its own. */
export function name(text: string): Html {
  return visibleHtml`<bdi>${text}</bdi>`;
}

/** A sentence for people in which `backticks` mark code; all of it is escaped. */
export function withCode(sentence: string): Html {
  // Every second piece is what stood between two backticks.
  return visibleHtml`${sentence.split(/`([^`]+)`/).map((piece, i) => (i % 2 === 0 ? piece : code(piece)))}`;
}

/** Code of at most this length stands on one line, even on a phone; a longer name is broken behind an underscore. */
const BRIEF = 28;

function code(text: string): Html {
  if (text.length <= BRIEF) return visibleHtml`<code class="brief">${text}</code>`;
  if (text.includes(' ')) return visibleHtml`<code>${text}</code>`;
  return visibleHtml`<code>${text.split(/(?<=_)/).map((piece, i) => (i === 0 ? piece : visibleHtml`<wbr>${piece}`))}</code>`;
}

/** For text and for quoted attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign as keyof typeof ENTITIES]);
}

/**
 * Also writes out what a reader cannot see, and what would turn the text around it: control and format characters
 * (newlines, zero width, marks of writing direction) and lone surrogates. More than two accents on one letter would
 * cover other lines.
 */
export function escapeVisibly(text: string): string {
  return escape(
    text
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`)
      .replace(/(\p{M}{2})\p{M}+/gu, '$1'),
  );
}

function tag(escaped: (text: string) => string): Tag {
  const show = (part: Content): string => {
    if (part instanceof Html) return part.text;
    return typeof part === 'object' ? part.map(show).join('') : escaped(String(part));
  };
  return (strings, ...parts) =>
    new Html(strings.reduce((text, string, i) => text + show(parts[i - 1] as Content) + string));
}

// HTML that is safe by construction: what is put into a template is escaped unless it is HTML made by another template.

/** Text that is HTML already. Only `html` and `prose` make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | readonly Part[];

/** A template whose parts are escaped; lists are joined, and HTML goes in as it is. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, i) => text + show(parts[i - 1] as Part) + string));
}

/** Code of at most this length stands on one line, even on a phone; a longer name is broken behind an underscore. */
const BRIEF = 28;

/** A sentence for people in which `backticks` mark code; all of it is escaped. */
export function prose(sentence: string): Html {
  // Every second piece is what stood between two backticks.
  return html`${sentence.split(/`([^`]+)`/).map((piece, i) => (i % 2 === 0 ? piece : code(piece)))}`;
}

/** A name that came off a socket: apart from the text around it, so that its writing direction stays its own. */
export function name(text: string): Html {
  return html`<bdi>${text}</bdi>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** For text and for quoted attributes. */
export function escape(text: string): string {
  return visible(text).replace(/[&<>"']/g, (each) => ENTITIES[each] ?? '');
}

/**
 * Writes out what a reader cannot see, and what would turn the text around it: control and format characters (newlines,
 * zero width, marks of writing direction) and lone surrogates. More than two accents on one letter would cover other
 * lines.
 */
function visible(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (each) => `\\u{${(each.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(/(\p{M}{2})\p{M}+/gu, '$1');
}

function code(text: string): Html {
  if (text.length <= BRIEF) return html`<code class="brief">${text}</code>`;
  if (text.includes(' ')) return html`<code>${text}</code>`;
  return html`<code>${text.split(/(?<=_)/).map((piece, i) => (i === 0 ? piece : html`<wbr>${piece}`))}</code>`;
}

function show(part: Part): string {
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(show).join('') : escape(String(part));
}

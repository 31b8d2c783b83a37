// The smaller half of every chat's markup: runs of bold, links and mentions within a line.
import { html, type Html, type Content } from '@celery-watch/html';

/** What a run looks like, and what becomes of it; `read` is the same markup for what stands inside. */
export interface Run {
  /** With the flag `y`. */
  readonly pattern: RegExp;
  readonly make: (match: RegExpExecArray, read: (text: string) => Content) => Html;
}

/** At each place the first run that fits wins; all else is text, decoded as the chat decodes it, and escaped. */
export function readInline(text: string, runs: readonly Run[], decode: (text: string) => string): Content {
  const read = (inner: string): Content => readInline(inner, runs, decode);
  const pieces: Content[] = [];
  let plain = '';
  for (let at = 0; at < text.length;) {
    const found = firstRun(text, at, runs);
    if (found === undefined) {
      plain += text[at] ?? '';
      at += 1;
      continue;
    }
    pieces.push(decode(plain), found.run.make(found.match, read));
    plain = '';
    at += found.match[0].length;
  }
  return [...pieces, decode(plain)];
}

function firstRun(
  text: string,
  at: number,
  runs: readonly Run[],
): { readonly run: Run; readonly match: RegExpExecArray } | undefined {
  for (const run of runs) {
    run.pattern.lastIndex = at;
    const match = run.pattern.exec(text);
    if (match !== null && match[0] !== '') return { run, match };
  }
  return undefined;
}

/** Somebody who is called, as chats show it. */
export function mention(name: string): Html {
  return html`<span class="mention">@${name}</span>`;
}

/** Lines with breaks between them. */
export function lines(text: string, read: (line: string) => Content): Content {
  return text.split('\n').map((line, i) => (i === 0 ? html`${read(line)}` : html`<br>${read(line)}`));
}

// Keeps passwords and tokens out of everything that is printed: a type for them, and a cleaner for texts that hold
// URLs.
import { inspect } from 'node:util';

const HIDDEN = '[redacted]';

/**
 * A text that only prints as `[redacted]`, in a template, in JSON and in `console.log`; `reveal()` gives it to the one
 * who needs it.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/**
 * The text with the password of each URL in it replaced by `[redacted]`, and so the values of query parameters such as
 * `password`, `access_token`, `key` and `sign`. Takes a URL, several joined with `;`, or any text around them. A
 * password may hold `@`, `/` or `%`: where a text can be read in two ways, more is hidden rather than less. A URL that
 * is mistyped, such as `redis//:password@host`, is one, too.
 */
export function redactUrl(text: string): string {
  const clean = text.replace(SECRET_PARAMETER, `$1${HIDDEN}`).replace(MISTYPED_URL, `$1${HIDDEN}`);
  return urlsOf(clean)
    .map(({ before, scheme, rest }) => before + scheme + hidePassword(scheme, rest))
    .join('');
}

/**
 * A parameter's value ends at `&`, at white space, at the quote that closes a JSON text, or where the next joined URL
 * begins.
 */
const SECRET_PARAMETER = new RegExp(
  String.raw`([?&](?:password|passwd|pwd|pass|access_token|token|api_?key|key|secret|sign|sig|signature)=)` +
    String.raw`[^&\s]+?(?=;[a-z][\w+.-]*://|["'](?:[,}\])\s]|$)|[&\s]|$)`,
  'gi',
);

/** Every part has an end: a line of the log may be long, and its text anybody's. */
const MISTYPED_URL = /(?<![\w+.-])([a-z][\w+.-]{0,30}(?!:\/\/)[:;.,]{0,3}\/{1,3}[^\s/@:;]{0,100}:)\S{1,200}(?=@)/gi;

const SCHEME = /(?<![\w+.-])[a-z][a-z0-9+.-]*:\/\//gi;

/**
 * What stands behind `scheme://` where no password is: nothing, a path, or a host (in brackets for IPv6) with or
 * without a port.
 */
const PLAIN_HOST = /^(?:$|[/?#;,]|(?:\[[^\]]*\]|[^:/?#]*[^:/?#;,])(?::\d*)?(?:[/?#;,)"'.]|$)|[^:/?#]+(?:[/?#]|$))/;

interface FoundUrl {
  readonly before: string;
  readonly scheme: string;
  readonly rest: string;
}

/** Cuts a text where a URL begins; a `scheme://` inside a password that has not ended yet begins none. */
function urlsOf(text: string): FoundUrl[] {
  const found: { before: string; scheme: string; rest: string }[] = [];
  let end = 0;
  for (const match of text.matchAll(SCHEME)) {
    const open = found.at(-1);
    const between = text.slice(end, match.index);
    if (open && !complete(between)) continue;
    if (open) open.rest = between;
    found.push({ before: open ? '' : between, scheme: match[0], rest: '' });
    end = match.index + match[0].length;
  }
  const last = found.at(-1);
  if (!last) return [{ before: text, scheme: '', rest: '' }];
  last.rest = text.slice(end);
  return found;
}

function complete(rest: string): boolean {
  return rest.includes('@') || /\s/.test(rest) || PLAIN_HOST.test(rest);
}

function hidePassword(scheme: string, rest: string): string {
  if (scheme.toLowerCase() === 'file://') return rest;
  const url = /^(?:(?!["'](?:[,}\])\s]|$))\S)*/.exec(rest)?.[0] ?? '';
  const end = url.includes('@') || PLAIN_HOST.test(url) ? url.lastIndexOf('@') : brokenUrlEnd(rest, url);
  const colon = rest.indexOf(':');
  if (colon === -1 || end === -1 || colon >= end) return rest;
  return `${rest.slice(0, colon + 1)}${HIDDEN}${rest.slice(end)}`;
}

/**
 * No host where one should be: the password may hold a space, so it lasts to the line's last `@`, or else to the end of
 * the word.
 */
function brokenUrlEnd(rest: string, url: string): number {
  const line = /^.*/.exec(rest)?.[0] ?? '';
  const at = line.lastIndexOf('@');
  return at === -1 ? url.length : at;
}

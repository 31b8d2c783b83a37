// What of somebody's input may be repeated in an error: a mistyped word helps, a password or a webhook's address never
// does.
import { redactUrl } from '../secret.js';

const HIDDEN = '[redacted]';
const LONGEST_VALUE = 100;

/**
 * A value as it may be shown: short, of an address no more than its host, and nothing of what looks like a name and a
 * password before a host. What was mistyped may be a secret in the wrong place.
 */
export function shownValue(value: unknown): string {
  const text = shownText(typeof value === 'string' ? value : jsonOf(value));
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** JSON has no word for what YAML writes as .nan and .inf. */
function jsonOf(value: unknown): string {
  const word = (each: unknown): unknown =>
    typeof each !== 'number' || Number.isFinite(each)
      ? each
      : Number.isNaN(each)
        ? '.nan'
        : each > 0
          ? '.inf'
          : '-.inf';
  return typeof value === 'number' ? String(word(value)) : JSON.stringify(value, (_key, each: unknown) => word(each));
}

/** The same of a sentence that quotes a value. */
export function shownText(text: string): string {
  return redactUrl(text)
    .replace(ADDRESS, hideAddress)
    .replace(CREDENTIALS, HIDDEN)
    .replace(BARE_ADDRESS, `$1/${HIDDEN}`)
    .replace(NAMED_SECRET, `$1${HIDDEN}`)
    .replace(WORD, (word) => (isToken(word) && !/\.[a-z]{2,5}$/i.test(word) ? HIDDEN : word));
}

/** Tokens stand in the path and in the query, and a password that was not encoded may reach into both. */
const ADDRESS = /([a-z][a-z0-9+.-]*):\/\/([^\s"']*)/gi;

function hideAddress(whole: string, scheme: string, rest: string): string {
  if (scheme.toLowerCase() === 'file' || /^[\w.-]*(?::\d*)?\/?$/.test(rest)) return whole;
  const at = rest.lastIndexOf('@');
  const host = /^[\w.-]*(?::\d+)?/.exec(rest.slice(at + 1))?.[0] ?? '';
  return `${scheme}://${at === -1 ? '' : `${HIDDEN}@`}${host}${rest.slice(at + 1).length > host.length ? `/${HIDDEN}` : ''}`;
}

/** `redis//:password@host`, `name:password@host`: an address whose scheme was mistyped or left out. */
const CREDENTIALS = /(?<!\[redacted\])(?<![^\s"'])[^\s"'@]*:(?!\/\/)[^\s"']*@[^\s"']*/g;

/** `hooks.example.com/services/…`, `https//hooks.example.com/…`: a host and what only its owner should know. */
const BARE_ADDRESS =
  /(?<![^\s"'=,])((?:[a-z][a-z0-9+.-]{0,30}[:;.,]{0,3}\/{1,3})?(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?::\d{1,5})?)\/[^\s"']+/gi;

/** `password=…`, `token: …`, and what stands behind the words of a header. */
const NAMED_SECRET =
  /((?:pass(?:word|wd)?|pwd|token|secret|signature|sign|api_?key)[\\"']*\s*[=:]\s*[\\"']*|\b(?:bearer|basic)\s+)[^\s,;&"']+/gi;

/** What may be a token as a whole: no part of a path. */
const WORD = /(?<![\w/.-])[\w+=.-]{12,}(?![\w/-])/g;

/** Whether letters and digits are mixed in it as a machine mixes them: in names they stand in shorter pieces. */
function isToken(text: string): boolean {
  return text.split(/[^\p{L}\p{N}]+/u).some((part) => part.length >= 12 && /\d/.test(part) && /\p{L}/u.test(part));
}

/** A name, such as a channel's, that is not there: what is no name may be an address. */
export function shownName(name: string): string {
  return /^[\p{L}\p{N}_.-]{1,64}$/u.test(name) && !isToken(name) ? name : HIDDEN;
}

/** A key of a file, with the signs that a keyboard may have put into it. */
export function shownKey(key: string): string {
  return /^[\p{L}\p{N}_.$ \u00a0\u3000：-]{1,64}$/u.test(key) && shownText(key) === key ? key : HIDDEN;
}

/** A flag that nobody knows, or a word where none belongs. */
export function shownFlag(flag: string): string {
  return /^-{0,2}(?:[a-zA-Z][a-zA-Z_.-]{0,40})?$/.test(flag) ? flag : HIDDEN;
}

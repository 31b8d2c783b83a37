// The kinds of values in the configuration file, each refusing what it does not understand with what was wanted
// instead.
import { duration as seconds, Secret, secret as anySecret } from '@celery-watch/service';
import { z } from 'zod';
import { isPlaceholder, placeholderInUrl, SECRET_WANTED } from './placeholders.js';

/** A secret's text that somebody has written, and no placeholder for it. */
export function secret(): z.ZodType<Secret> {
  return anySecret().refine((given) => !isPlaceholder(given.reveal()), { error: SECRET_WANTED });
}

/** Says what is wrong with a URL, without any of it: the end of "wanted …". */
export type UrlRule = (text: string) => string | undefined;

const ENCODE = 'in a name or password these are percent-encoded: @ %40, # %23, / %2F, ? %3F, : %3A, % %25';

/** A URL with a password or token in it, of one of these protocols (`https:`). */
export function secretUrl(protocols: readonly string[], rule: UrlRule = () => undefined): z.ZodType<Secret> {
  return z.string('a URL').transform((text, context) => {
    const wrong = placeholderInUrl(text) ?? urlProblem(text, protocols) ?? rule(text);
    if (wrong === undefined) return new Secret(text);
    context.addIssue(wrong);
    return z.NEVER;
  });
}

/** A webhook of this type of channel. */
export function webhookUrl(rule: UrlRule): z.ZodType<Secret> {
  return secretUrl(['https:', 'http:'], rule);
}

function urlProblem(text: string, protocols: readonly string[]): string | undefined {
  const begin = `a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`;
  const scheme = protocols.find((each) => text.toLowerCase().startsWith(`${each}//`));
  if (scheme === undefined) return begin;
  if (/\s/.test(text)) return 'a URL without blanks in it';
  const behind = text.slice(scheme.length + 2);
  const authority = /^[^/?#]*/.exec(behind)?.[0] ?? '';
  const rest = behind.slice(authority.length);
  if (!isUrl(text, protocols)) return rest.includes('@') || authority.includes('@') ? `${begin}; ${ENCODE}` : begin;
  // What a password ends too early leaves a word before it for a host, and the true one behind it.
  const { hostname, username, port, hash } = new URL(text);
  if (port === '0') return 'a URL with a port from 1 to 65535, or none';
  const odd = !hostname.includes('.') && !hostname.includes(':') && hostname !== 'localhost';
  if (hash.includes('@') || (rest.includes('@') && odd && (username !== '' || port !== '')))
    return `a URL whose host can be told from its password; ${ENCODE}`;
  return undefined;
}

/** A URL without secrets. */
export function plainUrl(...protocols: string[]): z.ZodType<string> {
  return trimmed('a URL').refine((text) => isUrl(text, protocols), {
    error: `a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`,
  });
}

/** Blanks around an address come with files and variables, and are never meant. */
function trimmed(wanted: string): z.ZodType<string> {
  return z.string(wanted).transform((text) => text.trim());
}

/** Where people reach something, perhaps below a path; an empty text is none. */
export function peoplesUrl(): z.ZodType<string | undefined> {
  const wanted = 'a URL that begins with https:// or http:// and ends with its host or a path, without a login';
  const isPlain = (text: string): boolean => {
    const url = URL.parse(text);
    return (
      url !== null &&
      isUrl(text, ['https:', 'http:']) &&
      `${url.username}${url.password}${url.search}${url.hash}` === ''
    );
  };
  const url = trimmed(wanted).refine(isPlain, { error: wanted }).optional();
  const isNone = (value: unknown): boolean => typeof value === 'string' && value.trim() === '';
  return z.preprocess((value) => (isNone(value) ? undefined : value), url);
}

/** Milliseconds, from `30s`, `1h30m` or a number of seconds. */
export function duration({ min, max }: { readonly min?: string; readonly max?: string } = {}): z.ZodType<number> {
  const least = min === undefined ? '' : `, at least ${min}`;
  const most = max === undefined ? '' : `, at most ${max}`;
  const wanted = `a duration such as 30s, 5m or 1h30m${least}${most}`;
  return seconds({ ...(min !== undefined && { min }), ...(max !== undefined && { max }), wanted }).transform(
    (value) => value * 1000,
  );
}

/** One or more texts; a single one needs no list around it. */
export function texts(wanted: string): z.ZodType<readonly string[]> {
  return listOf(z.string(wanted).min(1, wanted), wanted, 1);
}

/** A list; what stands alone is a list of one. */
export function listOf<T>(each: z.ZodType<T>, wanted: string, least = 0): z.ZodType<readonly T[]> {
  return z.preprocess(asList, z.array(each, wanted).min(least, wanted));
}

/** A text or number that stands where a list may stand. */
export function asList(given: unknown): unknown {
  return typeof given === 'string' || typeof given === 'number' ? [given] : given;
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  try {
    const url = new URL(text);
    return protocols.includes(url.protocol) && url.host !== '';
  } catch {
    return false;
  }
}

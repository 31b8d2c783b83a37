// The kinds of values in the configuration file, each refusing what it does not understand with what was wanted
// instead.
import { parseDuration, Secret } from '@celery-watch/service';
import { z } from 'zod';

/** A text that must never be shown. */
export function secret(): z.ZodType<Secret> {
  return z
    .string('a text is wanted')
    .min(1, 'a text that is not empty is wanted')
    .transform((text) => new Secret(text));
}

/** A URL with a password or token in it, of one of these protocols (`https:`). */
export function secretUrl(...protocols: string[]): z.ZodType<Secret> {
  return z
    .string('a URL is wanted')
    .refine((text) => isUrl(text, protocols), {
      error: `a URL is wanted that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`,
    })
    .transform((text) => new Secret(text));
}

/** A URL without secrets. */
export function plainUrl(...protocols: string[]): z.ZodType<string> {
  return z.string('a URL is wanted').refine((text) => isUrl(text, protocols), {
    error: `a URL is wanted that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`,
  });
}

/** Milliseconds, from `30s`, `1h30m` or a number of seconds. */
export function duration(range: { readonly min?: string; readonly max?: string } = {}): z.ZodType<number> {
  const least = (parseDuration(range.min ?? '0') ?? 0) * 1000;
  const most = range.max === undefined ? Infinity : (parseDuration(range.max) ?? 0) * 1000;
  const wanted = `a duration such as 30s, 5m or 1h30m is wanted${range.min === undefined ? '' : `, at least ${range.min}`}${range.max === undefined ? '' : `, at most ${range.max}`}`;
  return z
    .union([z.string(), z.number()], wanted)
    .transform((given) => (parseDuration(String(given)) ?? NaN) * 1000)
    .refine((ms) => ms >= least && ms <= most, { error: wanted });
}

/** One or more texts. */
export function texts(wanted: string): z.ZodType<readonly string[]> {
  return z.array(z.string(wanted).min(1, wanted), wanted).min(1, wanted);
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  try {
    const url = new URL(text);
    return protocols.includes(url.protocol) && url.host !== '';
  } catch {
    return false;
  }
}

// The kinds of values in the configuration file, each refusing what it does not understand with what was wanted
// instead.
import { duration as seconds, Secret } from '@celery-watch/service';
import { z } from 'zod';

export { secret } from '@celery-watch/service';

/** A URL with a password or token in it, of one of these protocols (`https:`). */
export function secretUrl(...protocols: string[]): z.ZodType<Secret> {
  return z
    .string('a URL')
    .refine((text) => isUrl(text, protocols), {
      error: `a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`,
    })
    .transform((text) => new Secret(text));
}

/** A URL without secrets. */
export function plainUrl(...protocols: string[]): z.ZodType<string> {
  return z.string('a URL').refine((text) => isUrl(text, protocols), {
    error: `a URL that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`,
  });
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

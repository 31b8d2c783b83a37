// Options that choose names by pattern: `tasks.*,/^celery\./`.
import { z } from 'zod';
import { attempt, withTextForm } from './values.js';

export interface Pattern {
  /** The pattern as it was written. */
  readonly source: string;
  test(name: string): boolean;
}

/**
 * Patterns between commas; in the file a YAML list or the same text. A glob must match the whole name: `*` is any text,
 * `?` one character, all else is itself. `/…/` is a regular expression (flags i, s, u) that is searched for anywhere in
 * the name; it may hold commas.
 */
export function patterns() {
  const wanted = 'glob patterns or /regular expressions/ with commas between them';
  const schema = z
    .union([z.string(), z.array(z.string())], wanted)
    .transform((given, context) =>
      attempt(context, wanted, () => {
        const sources = typeof given === 'string' ? splitPatterns(given) : given;
        return sources.map((source) => parsePattern(source.trim()));
      }),
    )
    .readonly();
  return withTextForm(schema, { wanted, placeholder: 'PATTERN,…' });
}

/** Reads one pattern. Throws where it is empty or a regular expression is malformed. */
export function parsePattern(source: string): Pattern {
  if (source === '') throw new Error('patterns that are not empty');
  if (!source.startsWith('/')) {
    const glob = Array.from(source);
    return Object.freeze({ source, test: (name: string) => globMatches(glob, Array.from(name)) });
  }
  const regex = parseRegex(source);
  return Object.freeze({ source, test: (name: string) => regex.test(name) });
}

function parseRegex(source: string): RegExp {
  const [, body, flags] = /^\/(.+)\/([a-z]*)$/s.exec(source) ?? [];
  if (body === undefined || flags === undefined) throw new Error(`a regular expression between slashes, not ${source}`);
  // Only these: with g or y, a test would depend on the test before it.
  if (!/^[isu]*$/.test(flags))
    throw new Error(`a regular expression with no other flags than i, s and u, not ${source}`);
  try {
    return new RegExp(body, flags);
  } catch (error) {
    const reason = (error as Error).message.split(': ').at(-1) ?? '';
    throw new Error(`a correct regular expression, not ${source} (${reason})`, { cause: error });
  }
}

/**
 * Linear memory and at most glob × name steps: a regular expression made from a glob can take exponential time on a
 * hostile name.
 */
function globMatches(glob: readonly string[], name: readonly string[]): boolean {
  let g = 0;
  let n = 0;
  let star = -1;
  let starName = 0;
  while (n < name.length) {
    if (glob[g] === '*') {
      star = g++;
      starName = n;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === name[n])) {
      g++;
      n++;
    } else if (star !== -1) {
      g = star + 1;
      n = ++starName;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}

/** Cuts at commas, but not at those within a regular expression. */
function splitPatterns(given: string): string[] {
  const found: string[] = [];
  let rest = given.trim();
  while (rest !== '') {
    const item = /^\/.+?\/[a-z]*\s*(?=,|$)/s.exec(rest)?.[0] ?? /^[^,]*/.exec(rest)?.[0] ?? '';
    found.push(item);
    if (item.length === rest.length) break;
    rest = rest.slice(item.length + 1).trimStart();
    if (rest === '') found.push('');
  }
  return found;
}

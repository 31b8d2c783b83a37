// From zod's findings to sentences for people: the key, its place, what stands there, what was wanted.
import { didYouMean, type Problem } from '@celery-watch/service';
import type { z } from 'zod';
import { UNREADABLE } from './expand.js';
import { showPath, type KeyPath, type Places } from './place.js';

type Issue = z.core.$ZodIssue;

/** Values under these keys are never shown, whatever is wrong with them. */
const SECRET_KEYS = /(secret|password|token|url|key|headers?|auth|basic)$/i;

/**
 * The problems of one failed parse. `raw` is the whole file's value, `base` where the parsed part stands in it;
 * `alsoKnown` are keys that are allowed beside those of the schema. What `expand` could not read was reported by it and
 * is left out.
 */
export function problemsOf(
  error: z.ZodError,
  raw: unknown,
  places: Places,
  base: KeyPath = [],
  alsoKnown: readonly string[] = [],
): Problem[] {
  return error.issues.flatMap((issue) => fromIssue(issue, raw, places, base, alsoKnown));
}

function fromIssue(issue: Issue, raw: unknown, places: Places, base: KeyPath, alsoKnown: readonly string[]): Problem[] {
  const at = [...base, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const hint = didYouMean(key, alsoKnown);
      return {
        key: showPath([...at, key]),
        where: places.of([...at, key]),
        wanted: 'no such key',
        fix: hint ?? 'remove it, or see the guide for the keys that this has',
      };
    });
  }
  const deeper = issue.code === 'invalid_union' ? bestOf(issue.errors as Issue[][]) : undefined;
  if (deeper !== undefined)
    return deeper.flatMap((each) =>
      fromIssue({ ...each, path: [...issue.path, ...each.path] }, raw, places, base, alsoKnown),
    );
  const value = valueAt(raw, at);
  if (value === UNREADABLE) return [];
  const isMissing = value === undefined;
  const wanted = issue.message
    .replace(/ (?:is|are) wanted\b/, '')
    .replace(/^Invalid input: expected (.*), received .*$/, '$1');
  return [
    {
      key: showPath(at),
      where: isMissing ? `${places.of(at)} (missing)` : places.of(at),
      ...(!isMissing && !wantsObject(issue) && mayShow(at, value) && { value: shown(value) }),
      wanted,
    },
  ];
}

/**
 * Of a union's branches the one that the value was meant to be: whose problems lie deeper than "it is something else".
 */
function bestOf(branches: readonly Issue[][]): Issue[] | undefined {
  const meant = branches.filter((issues) =>
    issues.every((each) => each.path.length > 0 || each.code === 'unrecognized_keys'),
  );
  const [first, ...others] = meant.sort((a, b) => a.length - b.length);
  return first !== undefined && (others.length === 0 || (others[0]?.length ?? 0) > first.length) ? first : undefined;
}

function valueAt(raw: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[key] : undefined,
    raw,
  );
}

/** A text where keys were wanted may be anything, a secret too. */
function wantsObject(issue: Issue): boolean {
  return issue.code === 'invalid_type' && issue.expected === 'object';
}

function mayShow(path: KeyPath, value: unknown): boolean {
  return (
    (typeof value !== 'object' || value === null) &&
    !path.some((key) => typeof key === 'string' && SECRET_KEYS.test(key))
  );
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

// From zod's issues to sentences for people: the key, where it stands in its file, what stands there, what was wanted.
import type { z } from 'zod';
import { didYouMean } from './near-miss.js';
import type { Problem } from './problem.js';
import { shownValue } from './shown.js';
import { showPath, type FilePositions, type KeyPath } from './yaml-file.js';

type Issue = z.core.$ZodIssue;

/** Values under these keys are never shown, whatever is wrong with them. */
const SECRET_KEYS = /(secret|password|token|url|key|headers?|auth|basic)$/i;

/** What was parsed. */
export interface Parsed {
  /** The whole file's value. */
  readonly raw: unknown;
  readonly positions: FilePositions;
  /** Where the parsed part stands in it; default: the whole. */
  readonly base?: KeyPath;
  /** Keys that an unknown one may be meant for. */
  readonly known?: readonly string[];
  /** Stands for a value whose own problem has been told: its issues are left out. */
  readonly reported?: unknown;
}

/** What an issue says, as the end of "wanted …". */
export function wantedBy({ message }: Issue): string {
  return message.replace(/ (?:is|are) wanted\b/, '').replace(/^Invalid input: expected (.*), received .*$/, '$1');
}

/** The problems of one failed parse of a file, or of a part of it. */
export function problemsOf(error: z.ZodError, parsed: Parsed): Problem[] {
  return error.issues.flatMap((issue) => fromIssue(issue, parsed));
}

function fromIssue(issue: Issue, parsed: Parsed): Problem[] {
  const { raw, positions, base = [], known = [], reported } = parsed;
  const at = [...base, ...(issue.path as (string | number)[])];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const place = [...at, key];
      const fix = didYouMean(key, known) ?? 'remove it, or see the guide for the keys that this has';
      return { key: showPath(place), where: positions.of(place), wanted: 'no such key', fix };
    });
  }
  const deeper = issue.code === 'invalid_union' ? bestOf(issue.errors as Issue[][]) : undefined;
  if (deeper) return deeper.flatMap((each) => fromIssue({ ...each, path: [...issue.path, ...each.path] }, parsed));
  const value = valueAt(raw, at);
  if (reported !== undefined && value === reported) return [];
  const isMissing = value === undefined;
  return [
    {
      key: showPath(at),
      where: isMissing ? `${positions.of(at)} (missing)` : positions.of(at),
      ...(!isMissing && !wantsObject(issue) && mayShow(at, value) && { value: shownValue(value) }),
      wanted: wantedBy(issue),
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

/** What stands at the end of a path; undefined where it leads nowhere. */
export function valueAt(raw: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? (value as Record<string | number, unknown>)[key]
        : // What stands alone where a list may stand is its only element.
          key === 0
          ? value
          : undefined,
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

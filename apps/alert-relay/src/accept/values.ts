// What senders write where a text, some texts or a time is wanted: null is nothing, a number or a truth value is its
// text.
import { clip, isRecord, parseTime } from '@celery-watch/service';

/**
 * No label or annotation that a person can read is longer; what is over it is cut, and the cut is visible. Characters,
 * the ellipsis among them.
 */
export const LONGEST_TEXT = 65_537;
const LONGEST_NAME = 1_025;

/** A text, or empty where there is none. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

export type Texts = Readonly<Record<string, string>>;

/** Labels and annotations as texts, cut to what a person can read. What is that already is given as it came. */
export function textsOf(value: unknown): Texts {
  if (areShortTexts(value)) return value;
  return Object.fromEntries(
    Object.entries(wholeTextsOf(value)).map(([name, text]) => [clip(name, LONGEST_NAME), clip(text, LONGEST_TEXT)]),
  );
}

/** The same uncut; what is neither a text nor a number nor a truth value is written as JSON. */
export function wholeTextsOf(value: unknown): Texts {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([name, each]) => [name, typeof each === 'string' ? each : JSON.stringify(each)]),
  );
}

/** Nearly all are: a walk without a copy. */
function areShortTexts(value: unknown): value is Texts {
  if (!isRecord(value)) return false;
  for (const name in value) {
    const text = value[name];
    if (typeof text !== 'string' || text.length > LONGEST_TEXT || name.length > LONGEST_NAME) return false;
  }
  return true;
}

/** A number above this is of milliseconds: in seconds it would be the year 5138. */
const MOST_SECONDS = 1e11;

/**
 * Milliseconds; undefined for what is no time, and for Go's zero time in the year 0001, which means "not yet"
 * (docs/protocol/alertmanager.md#zero-time). A time that names no zone is UTC's, wherever the relay runs.
 */
export function timeOf(value: unknown): number | undefined {
  const ms =
    typeof value === 'number'
      ? Math.floor(value > MOST_SECONDS ? value : value * 1000)
      : typeof value === 'string'
        ? parseTime(value)
        : NaN;
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

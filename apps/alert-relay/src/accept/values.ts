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
      .map(([name, each]) => [name, typeof each === 'string' ? each : JSON.stringify(each, inOrder)]),
  );
}

/** For `JSON.stringify`: the same keys in another order are the same text. */
export function inOrder(_: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
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

/** A number above these is of milliseconds, microseconds, nanoseconds: in the unit before it would be the year 5138. */
const MOST = [1e11, 1e14, 1e17] as const;
/** What lies before is a zero of some kind: 1971. */
const EARLIEST_MS = 31_536_000_000;

/**
 * Milliseconds; undefined for what is no time, and for Go's zero time in the year 0001, however it is written, which
 * means "not yet" (docs/protocol/alertmanager.md#zero-time). A time that names no zone is UTC's, wherever the relay
 * runs.
 */
export function timeOf(value: unknown): number | undefined {
  const ms =
    typeof value === 'number'
      ? sinceEpoch(value)
      : typeof value !== 'string'
        ? NaN
        : /^\s*\d{1,20}(?:\.\d{1,20})?\s*$/.test(value)
          ? sinceEpoch(Number(value))
          : parseTime(value);
  return ms >= EARLIEST_MS && ms <= LATEST_MS ? ms : undefined;
}

/** The last moment that JavaScript's dates know. */
const LATEST_MS = 8.64e15;

function sinceEpoch(value: number): number {
  const [seconds, millis, micros] = MOST;
  if (value <= seconds) return Math.floor(value * 1000);
  return Math.floor(value <= millis ? value : value <= micros ? value / 1e3 : value / 1e6);
}

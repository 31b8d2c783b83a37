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

/** Labels and annotations as texts, whole; what is neither a text nor a number nor a truth value is written as JSON. */
export function wholeTextsOf(value: unknown): Record<string, string> {
  const texts: Record<string, string> = Object.create(null) as Record<string, string>;
  if (!isRecord(value)) return texts;
  for (const [key, each] of Object.entries(value))
    if (each !== null) texts[key] = typeof each === 'string' ? each : JSON.stringify(each, inOrder);
  return texts;
}

/** For JSON: the same keys in another order are the same text. */
function inOrder(_: string, value: unknown): unknown {
  return isRecord(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

/** The same, cut to what a person can read. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
  return clipped(wholeTextsOf(value));
}

export function clipped(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(texts);
  if (entries.every(([key, text]) => key.length <= LONGEST_NAME && text.length <= LONGEST_TEXT)) return texts;
  const short: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [key, text] of entries) short[clip(key, LONGEST_NAME)] = clip(text, LONGEST_TEXT);
  return short;
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

// What every reader of foreign data asks: is it an object with keys, how much of a text is kept, which moment is meant.

/** An object with keys: no array, not null. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object that a text is as JSON; an empty one for any other text. */
export function readRecord(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** At most `max` UTF-16 units, cut between characters, with an ellipsis where something is missing. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** Longer than any date; more is not looked at. */
const LONGEST_DATE = 100;
const WITH_ZONE = /(?:Z|UTC?|GMT|[ECMP][SD]T|[-+]\d\d:?\d\d)\s*(?:\([^()]*\))?\s*$/i;

/**
 * Milliseconds of a date of any form that JavaScript reads; NaN for anything else. One without a time zone is UTC:
 * `Date.parse` would take it for the zone of the machine that it runs on.
 */
export function parseTime(text: string): number {
  if (text.length > LONGEST_DATE) return NaN;
  // Nearly all end so, and the expression looks at each place of them.
  if (text.endsWith('Z') || WITH_ZONE.test(text)) return Date.parse(text);
  const iso = Date.parse(`${text}Z`);
  return Number.isNaN(iso) ? Date.parse(`${text} UTC`) : iso;
}

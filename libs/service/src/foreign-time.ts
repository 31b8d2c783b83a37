// Which moment a foreign date means: the forms that programs write, and nothing that could mean two moments.

/** Longer than any date; more is not looked at. */
const LONGEST_DATE = 100;
/** What lies before is a zero: Go's year 0001, 1970 and their like. */
const EARLIEST_YEAR = 1971;

const FRACTION = String.raw`(?:[.,](?<fraction>\d{1,12}))?`;
const CLOCK = String.raw`(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)${FRACTION})?`;
const DATE = String.raw`(?<year>\d{4})(?<dash>[-/])(?<month>\d\d)\k<dash>(?<day>\d\d)`;
const OFFSET = String.raw`(?:(?:GMT|UTC)?(?<sign>[-+])(?<east>\d\d)(?::?(?<eastMinute>\d\d))?|Z|UTC?|GMT)`;
const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const WEEKDAY = String.raw`(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?`;
/** The short zones that mail defines and that mean one zone in practice; CST is Chicago's and Shanghai's. */
const HOURS_EAST: Readonly<Record<string, number>> = { EST: -5, EDT: -4, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 };
const MAIL_ZONE = String.raw`(?:${OFFSET}|(?<short>${Object.keys(HOURS_EAST).join('|')}))`;
const DAY = String.raw`(?<day>\d{1,2})`;
const MONTH = `(?<name>${MONTHS})`;
const MAIL_DATE = String.raw`${DAY}(?<gap>-|\s+)${MONTH}\k<gap>(?<year>\d{4}|\d\d)`;
const REMARK = String.raw`(?:\s*\([^()]*\))?`;
/** Java names the zone behind the offset in brackets; Go its short name, and its own clock. */
const BEHIND = String.raw`(?:\[[\w/+-]+\]|\s+[A-Z]{2,5}|\s+[-+]\d\d(?:\d\d)?)?(?:\s+m=[-+]\d+\.\d+)?`;

const FORMS = [
  // ISO 8601 with `T` or a blank, Go's and Python's print of a time, and the date alone.
  String.raw`${DATE}(?:(?:T|\s+)${CLOCK}(?:\s*${OFFSET}${BEHIND})?)?`,
  // ISO 8601 without its signs.
  String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)T(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)${FRACTION}${OFFSET}?`,
  // Mail and HTTP: https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats
  String.raw`(?:${WEEKDAY},?\s+)?${MAIL_DATE}\s+${CLOCK}(?:\s*${MAIL_ZONE})?${REMARK}`,
  // C's asctime and `date`, with the year last.
  String.raw`${WEEKDAY},?\s+${MONTH}\s+${DAY}\s+${CLOCK}(?:\s+${MAIL_ZONE})?\s+(?<year>\d{4})`,
  // A browser's.
  String.raw`${WEEKDAY},?\s+${MONTH}\s+${DAY}\s+(?<year>\d{4})\s+${CLOCK}(?:\s*${MAIL_ZONE})?${REMARK}`,
].map((form) => new RegExp(`^${form}$`, 'i'));

/** What nearly all are. Days that only some months have are looked at more closely. */
const USUAL = /^\d{4}-\d\d-(?:0[1-9]|1\d|2[0-8])T\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/;
const EARLIEST_MS = Date.UTC(EARLIEST_YEAR, 0);

/**
 * Milliseconds of a date of a form that is known; NaN for anything else, for a zone that is not known, and for what
 * lies before 1971. One without a time zone is UTC, wherever it is read. `Date.parse` is not asked: it takes `0` for
 * the year 2000, the year 0001 for 2001, `05.11.2026` for the eleventh of May, and China's CST for Chicago's.
 */
export function parseTime(text: string): number {
  if (text.length > LONGEST_DATE) return NaN;
  if (USUAL.test(text)) return notZero(Date.parse(text));
  const trimmed = text.trim();
  for (const form of FORMS) {
    const groups = form.exec(trimmed)?.groups;
    if (groups !== undefined) return momentOf(groups);
  }
  return NaN;
}

function notZero(ms: number): number {
  return ms >= EARLIEST_MS ? ms : NaN;
}

function momentOf(groups: Readonly<Record<string, string | undefined>>): number {
  const number = (name: string): number => Number(groups[name] ?? 0);
  const year = fullYear(groups['year'] ?? '');
  const month = groups['name'] === undefined ? number('month') : monthNamed(groups['name']);
  const [day, hour, minute, second] = [number('day'), number('hour'), number('minute'), number('second')];
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDay = month >= 1 && month <= 12 && date.getUTCDate() === day && year >= EARLIEST_YEAR;
  // A day may end at 24:00, and a minute with a leap second.
  const isClock = (hour < 24 || (hour === 24 && minute + second === 0)) && minute < 60 && second <= 60;
  const [east, eastMinute] = [number('east'), number('eastMinute')];
  if (!isDay || !isClock || east >= 24 || eastMinute >= 60) return NaN;
  const offset =
    groups['short'] === undefined
      ? (groups['sign'] === '-' ? -1 : 1) * (east * 60 + eastMinute)
      : (HOURS_EAST[groups['short'].toUpperCase()] ?? 0) * 60;
  const fraction = Math.floor(Number(`0.${groups['fraction'] ?? '0'}`) * 1000 + 1e-6);
  return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction;
}

/** Mail's years of two digits: https://www.rfc-editor.org/rfc/rfc5322#section-4.3 */
function fullYear(text: string): number {
  const year = Number(text);
  return text.length > 2 ? year : year + (year < 50 ? 2000 : 1900);
}

function monthNamed(name: string): number {
  return (MONTHS.toLowerCase().indexOf(name.toLowerCase()) >> 2) + 1;
}

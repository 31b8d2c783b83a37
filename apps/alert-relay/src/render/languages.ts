// What differs by language: the words of messages, and how moments, durations and numbers are said. A new language is
// one file of words and one line here.
import type { Locale } from '../settings/locale.js';
import { WORDS_EN } from './words-en.js';
import { WORDS_ZH } from './words-zh.js';
import type { Words } from './words.js';

const LANGUAGES = { en: WORDS_EN, 'zh-CN': WORDS_ZH } satisfies Record<Locale, Words>;

export function wordsOf(locale: Locale): Words {
  return LANGUAGES[locale];
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Older times are none: AlertManager's zero time is the year 1. */
const EARLIEST = DAY * 365;

export interface Times {
  /**
   * 10:02; with the date where it is not the day of `now`, with the offset where the clock was changed in between.
   * Undefined for what is no time.
   */
  readonly at: (moment: number, now: number) => string | undefined;
  /** 34 min; two steps at most: 2 hr 5 min. What is negative counts as nothing. */
  readonly span: (ms: number) => string;
  /** 4,312 */
  readonly count: (n: number) => string;
}

/** `timezone` is an IANA name. Formatters are costly, so one set serves all messages of a channel. */
export function createTimes(locale: Locale, timezone: string): Times {
  // In British English the day stands before the month, as nearly everywhere, and a day has 24 hours.
  const language = locale === 'en' ? 'en-GB' : locale;
  const format = (options: Intl.DateTimeFormatOptions): ((moment: number) => string) => {
    const formatter = new Intl.DateTimeFormat(language, { timeZone: timezone, ...options });
    return (moment) => formatter.format(moment);
  };
  const clock = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const day = format({ day: 'numeric', month: 'short' });
  const fullDay = format({ day: 'numeric', month: 'short', year: 'numeric' });
  const year = format({ year: 'numeric' });
  const numbers = new Intl.NumberFormat(language);
  const units = new Map(
    (['second', 'minute', 'hour', 'day'] as const).map((unit) => [
      unit,
      new Intl.NumberFormat(locale === 'en' ? 'en-US' : locale, { style: 'unit', unit, unitDisplay: 'short' }),
    ]),
  );
  // Chinese sets a space between a number and its unit, as the other words of a message do.
  const unit = (name: 'second' | 'minute' | 'hour' | 'day', n: number): string =>
    (units.get(name)?.format(n) ?? String(n)).replace(/(?<=\d)(?=\p{Script=Han})/u, ' ');
  const offset = offsets(timezone);
  return {
    at(moment, now) {
      if (!(moment >= EARLIEST && moment < 8e15)) return undefined;
      const time = offset(moment) === offset(now) ? clock(moment) : `${clock(moment)} ${offset(moment)}`;
      if (fullDay(moment) === fullDay(now)) return time;
      return `${year(moment) === year(now) ? day(moment) : fullDay(moment)} ${time}`;
    },
    span(ms) {
      const known = Number.isFinite(ms) ? Math.max(0, ms) : 0;
      if (known < MINUTE) return unit('second', Math.floor(known / SECOND));
      if (known < HOUR) return unit('minute', Math.floor(known / MINUTE));
      const [big, small] = known < DAY ? [HOUR, MINUTE] : [DAY, HOUR];
      const rest = Math.floor((known % big) / small);
      const first = unit(big === HOUR ? 'hour' : 'day', Math.floor(known / big));
      return rest === 0 ? first : `${first} ${unit(big === HOUR ? 'minute' : 'hour', rest)}`;
    },
    count: (n) => numbers.format(n),
  };
}

/** GMT+8 */
function offsets(timezone: string): (moment: number) => string {
  const formatter = new Intl.DateTimeFormat('en', { timeZone: timezone, timeZoneName: 'shortOffset' });
  return (moment) => formatter.formatToParts(moment).find((part) => part.type === 'timeZoneName')?.value ?? '';
}

// The time zones of the configuration: areas and cities that a machine knows, and none of the short names that mean
// several places or a clock that is never changed.
import { didYouMean } from '@celery-watch/service/texts';

/** What a short name may have meant, the commonest first. */
const MEANT: Readonly<Record<string, string>> = {
  CST: 'Asia/Shanghai or America/Chicago',
  IST: 'Asia/Kolkata, Europe/Dublin or Asia/Jerusalem',
  BST: 'Europe/London or Asia/Dhaka',
  EST: 'America/New_York or Australia/Sydney',
  EDT: 'America/New_York',
  CDT: 'America/Chicago',
  MST: 'America/Denver or America/Phoenix',
  MDT: 'America/Denver',
  PST: 'America/Los_Angeles or Asia/Manila',
  PDT: 'America/Los_Angeles',
  HST: 'Pacific/Honolulu',
  AST: 'America/Halifax or Asia/Riyadh',
  SST: 'Asia/Singapore or Pacific/Pago_Pago',
  CTT: 'Asia/Shanghai',
  JST: 'Asia/Tokyo',
  KST: 'Asia/Seoul',
  HKT: 'Asia/Hong_Kong',
  SGT: 'Asia/Singapore',
  MSK: 'Europe/Moscow',
  CEST: 'Europe/Berlin',
  AEST: 'Australia/Sydney',
};

/** Short, and of one meaning: the tz database's own, which follow the clocks of their place. */
const CLEAR: ReadonlySet<string> = new Set([
  'UTC',
  'GMT',
  'UCT',
  'ZULU',
  'CET',
  'EET',
  'WET',
  'MET',
  'PRC',
  'ROC',
  'ROK',
  'GB',
  'NZ',
  'CUBA',
  'EIRE',
  'IRAN',
]);

/** Completes "wanted …"; undefined for a zone that can be meant. */
export function zoneProblem(name: string): string | undefined {
  const wanted = 'an IANA time zone such as Asia/Shanghai or UTC';
  const short = name.trim().toUpperCase();
  // ICU reads these, each as one of the places that use it; EST, MST and HST as clocks that are never changed.
  if (/^[A-Z]{2,4}$/.test(short) && !CLEAR.has(short)) {
    const meant = MEANT[short];
    return `${wanted}: ${meant === undefined ? 'a short name stands for several' : `a short name such as this may be ${meant}`}`;
  }
  const offset = /^(?:(?:ETC\/)?(?:GMT|UTC))?([+-]\d{1,2})(?::?(\d{2}))?$/.exec(short);
  // `Etc/GMT+8` is eight hours *behind* UTC.
  const isZero = Number(offset?.[1]) === 0 && Number(offset?.[2] ?? 0) === 0 && isKnown(name);
  if (offset !== null && !isZero && !/^[+-]\d\d:\d\d$/.test(short))
    return `${wanted}, or an offset such as +08:00: the sign of Etc/GMT+8 means the other direction`;
  // Only ICU has these: clocks of one country that are never changed, whatever their name says.
  if (isKnown(name) && !short.startsWith('SYSTEMV/')) return undefined;
  const near = didYouMean(name, Intl.supportedValuesOf('timeZone'));
  return near === undefined ? wanted : `${wanted}; ${near}`;
}

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

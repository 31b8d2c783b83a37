// Values as the command lines of Python's programs take them: click's and Tornado's words for yes and no, float's for
// infinity, the names of log levels.
import { type About, amended, boolean, option, type Option } from '@celery-watch/service';

const TRUTH = new Map([
  ...['y', 'yes', 't', 'true', 'on', '1'].map((word) => [word, true] as const),
  ...['n', 'no', 'f', 'false', 'off', '0'].map((word) => [word, false] as const),
]);

/** Python's words for yes and no; undefined, which no option takes, for any other. */
export function readTruth(given: string): boolean | undefined {
  return TRUTH.get(given.trim().toLowerCase());
}

/** On or off, in these words. */
export function truth(about: About & { readonly default: boolean }): Option<boolean> {
  return amended(option(boolean(), about), { fromText: readTruth });
}

/** Of a flag that was given several times, the last: so it is with click and with Tornado. */
export function lastOf(texts: readonly string[]): string {
  return (texts.at(-1) ?? '').trim();
}

/** What a list of tasks may hold there may be less than the least that ours takes. */
export function readMaxTasks(given: string): number {
  return /^\d+$/.test(given.trim()) ? Math.max(Number(given), 1000) : NaN;
}

export const BOUNDS = 'ascending numbers with commas between them';

/** Buckets: a last one that is inf, which every histogram has, is taken away, and one that stands twice is one. */
export function readBounds(raw: unknown): readonly number[] {
  const words = Array.isArray(raw) ? raw.map(String) : String(raw).split(',');
  const bounds = words.map((word) => word.trim());
  while (/^\+?inf(inity)?$/i.test(bounds.at(-1) ?? '')) bounds.pop();
  const numbers = bounds.map((word) => (word === '' ? NaN : Number(word)));
  const isAscending = numbers.every((bound, i) => Number.isFinite(bound) && bound >= (numbers[i - 1] ?? -Infinity));
  if (numbers.length === 0 || !isAscending) throw new Error(BOUNDS);
  return [...new Set(numbers)];
}

/** Those of Python's logging and of loguru, in ours. */
const LOG_LEVELS = new Map([
  ['TRACE', 'debug'],
  ['DEBUG', 'debug'],
  ['INFO', 'info'],
  ['SUCCESS', 'info'],
  ['WARNING', 'warn'],
  ['ERROR', 'error'],
  ['CRITICAL', 'error'],
]);

/** A word that is no level of theirs stays as it is: it may be one of ours. */
export function readLogLevel(given: string): string {
  const word = given.trim();
  return LOG_LEVELS.get(word.toUpperCase()) ?? word;
}

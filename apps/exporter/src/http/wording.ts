// Numbers, durations and lists of names as people say them.
import { clip } from '@celery-watch/service';

const NUMBER = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const LONGEST_NAME = 120;

/** 12,345 */
export function count(n: number): string {
  return NUMBER.format(n);
}

/** 1 worker, 3 workers */
export function counted(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** Two steps of size at most: 3 min 12 s. Its spaces never break a line. */
export function span(seconds: number): string {
  return inWords(seconds).replaceAll(' ', '\u00A0');
}

/** 3 min 12 s ago; never, where it has not been. */
export function ago(seconds: number | undefined): string {
  if (seconds === undefined) return 'never';
  return seconds < 1 ? 'just now' : `${span(seconds)} ago`;
}

/** 45 %; what is not nothing is not shown as 0 %, and what is not all not as 100 %. */
export function percent(part: number, whole: number): string {
  if (part <= 0 || whole <= 0) return '0 %';
  const rounded = Math.round((part / whole) * 100);
  if (rounded === 0) return 'below 1 %';
  return rounded >= 100 && part < whole ? 'above 99 %' : `${rounded} %`;
}

/** A text of others in a sentence of ours, marked as code. It cannot end the mark. */
export function code(text: string): string {
  return `\`${cut(text).replaceAll('`', "'")}\``;
}

/** `a`, `b` and 3 more */
export function some<T>(items: readonly T[], say: (item: T) => string, most = 5): string {
  const said = items.slice(0, items.length === most + 1 ? most + 1 : most).map((item) => say(item));
  const more = items.length - said.length;
  if (more > 0) return `${said.join(', ')} and ${count(more)} more`;
  const last = said.pop() ?? '';
  return said.length === 0 ? last : `${said.join(', ')} and ${last}`;
}

/** A name that is too long to be shown whole. */
export function cut(text: string, most = LONGEST_NAME): string {
  return clip(text, most);
}

function inWords(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'an unknown time';
  const s = Math.floor(Math.max(0, seconds));
  if (s < 1) return 'less than 1 s';
  if (s < 60) return `${s} s`;
  if (s < 3600) return two(s, 60, 'min', 1, 's');
  if (s < 86_400) return two(s, 3600, 'h', 60, 'min');
  return two(s, 86_400, 'd', 3600, 'h');
}

function two(seconds: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}

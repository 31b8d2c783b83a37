// Names: what may be kept as one (of a task, a worker, a queue), how others are made to fit, and a nodename's parts.
import { createHash } from 'node:crypto';

/** Names become table keys and label values; longer than any host, queue or Python path, they would fill the memory. */
export const MAX_NAME_LENGTH = 512;

/**
 * A text that is neither empty nor too long to be kept, and holds no lone surrogate: UTF-8 has none, and two such names
 * would be one on a page.
 */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH && value.isWellFormed();
}

/**
 * The name that is kept for a text, which Celery does not limit (docs/protocol/events.md#odd-names): its lone
 * surrogates are written out, and where it is too long a hash stands for what is cut off. undefined for anything else.
 */
export function readName(value: unknown): string | undefined {
  if (isName(value)) return value;
  if (typeof value !== 'string' || value === '') return undefined;
  const text = value.slice(0, MAX_NAME_LENGTH).replace(/\p{Surrogate}/gu, writtenOut);
  if (value.length <= MAX_NAME_LENGTH && text.length <= MAX_NAME_LENGTH) return text;
  const hash = createHash('sha256').update(value, 'utf16le').digest('hex').slice(0, 16);
  return `${text.slice(0, MAX_NAME_LENGTH - hash.length - 1).toWellFormed()}…${hash}`;
}

function writtenOut(surrogate: string): string {
  return String.raw`\u${surrogate.charCodeAt(0).toString(16)}`;
}

/** The part after the first @, or the whole where there is none. */
export function hostOf(nodename: string): string {
  const at = nodename.indexOf('@');
  return at < 0 ? nodename : nodename.slice(at + 1);
}

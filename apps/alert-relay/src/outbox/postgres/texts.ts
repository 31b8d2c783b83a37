// Texts as PostgreSQL can hold and index them.
import { createHash } from 'node:crypto';
import { keyOf } from '../sqlite/store.js';

/** An index takes keys up to about 2,700 bytes. */
const LONGEST_KEY = 500;
const HASHED = 'sha256:';

/** A text of any length as a key: two that differ stay different. */
export function indexKey(text: string): string {
  const key = keyOf(text);
  if (key.length <= LONGEST_KEY && !key.startsWith(HASHED)) return key;
  return HASHED + createHash('sha256').update(key).digest('hex');
}

/** JSON of a group's key that cannot stand as one in an index; else null. */
export function nameWhereNoKey(group: string): string | null {
  return indexKey(group) === group ? null : JSON.stringify(group);
}

/** A text for people: PostgreSQL has no NUL, UTF-8 no half of a surrogate pair. */
export function plainText(text: string): string {
  return text.replaceAll('\0', '\u{fffd}').toWellFormed();
}

/** Ids as the database can have given them: others are nobody's. */
export function idsOf(ids: readonly number[]): readonly number[] {
  return ids.filter((id) => Number.isSafeInteger(id));
}

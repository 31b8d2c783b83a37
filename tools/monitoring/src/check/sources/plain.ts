// Reads plain values of unknown shape: what is not of the wanted kind reads as nothing, since promtool refuses it by
// itself.
import { isRecord } from '@celery-watch/celery-protocol';

export type PlainRecord = Readonly<Record<string, unknown>>;

export function recordIn(value: unknown, key: string): PlainRecord {
  const found = isRecord(value) ? value[key] : undefined;
  return isRecord(found) ? found : {};
}

/** The list under a key. Its indexes are those of the file. */
export function listIn(value: unknown, key: string): readonly unknown[] {
  const found: unknown = isRecord(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : [];
}

/** A text, or a number or truth value as text; undefined for anything else. */
export function textIn(value: unknown, key: string): string | undefined {
  const found = isRecord(value) ? value[key] : undefined;
  return typeof found === 'string'
    ? found
    : typeof found === 'number' || typeof found === 'boolean'
      ? String(found)
      : undefined;
}

/** All entries of a record that are texts. */
export function textsIn(value: unknown, key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(recordIn(value, key)).map(([name, text]) => [name, String(text)]));
}

// A channel's settings as plain data, for another thread: a `Secret` does not survive the way there, its text does.
import { isRecord, Secret } from '@celery-watch/service/texts';

export interface Packed {
  /** The settings with null in each secret's place. */
  readonly plain: unknown;
  readonly secrets: readonly { readonly at: readonly string[]; readonly text: string }[];
}

/** Throws where something in it is neither data nor a secret. */
export function packed(settings: unknown): Packed {
  const secrets: Packed['secrets'][number][] = [];
  const pack = (value: unknown, at: readonly string[]): unknown => {
    if (value instanceof Secret) {
      secrets.push({ at, text: value.reveal() });
      return null;
    }
    if (Array.isArray(value)) return value.map((each, index) => pack(each, [...at, String(index)]));
    if (isRecord(value)) return changed(value, (each, key) => pack(each, [...at, key]));
    if (typeof value === 'function' || typeof value === 'symbol')
      throw new Error(`${at.join('.')}: a ${typeof value} cannot go to another thread`);
    return value;
  };
  return { plain: pack(settings, []), secrets };
}

/** What `packed` was given. */
export function revived({ plain, secrets }: Packed): unknown {
  const texts = new Map(secrets.map(({ at, text }) => [JSON.stringify(at), text]));
  const revive = (value: unknown, at: readonly string[]): unknown => {
    const text = value === null ? texts.get(JSON.stringify(at)) : undefined;
    if (text !== undefined) return new Secret(text);
    if (Array.isArray(value)) return value.map((each, index) => revive(each, [...at, String(index)]));
    return isRecord(value) ? changed(value, (each, key) => revive(each, [...at, key])) : value;
  };
  return revive(plain, []);
}

function changed(
  record: Readonly<Record<string, unknown>>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

// What Docker Compose makes of a file and one that is added to it, as far as ours go: maps are merged, lists joined,
// and what has a tag replaces instead.
import { parse, type Tags } from 'yaml';

type Plain = Readonly<Record<string, unknown>>;

/** A value with the tag `!override`. */
class Override {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

const TAGS: Tags = [
  {
    tag: '!override',
    collection: 'seq',
    identify: (value) => value instanceof Override,
    resolve: (list) => new Override(list.toJSON()),
  },
];

export function parseCompose(text: string): Plain {
  return parse(text, { merge: true, customTags: TAGS }) as Plain;
}

/** `extends` finds its service in the first file. */
export function mergeCompose(first: Plain, added: Plain): Plain {
  const bases = first['services'] as Record<string, Plain>;
  const services = Object.entries(added['services'] as Record<string, Plain>).map(([name, service]) => {
    const { extends: base, ...own } = service as Plain & { readonly extends?: { readonly service: string } };
    return [name, base === undefined ? own : merged(bases[base.service] ?? {}, own)];
  });
  return merged(first, { ...added, services: Object.fromEntries(services) as Plain }) as Plain;
}

/** What takes the place of a list in Docker Compose too. */
const REPLACED = new Set(['command', 'entrypoint', 'test']);

/** What may be a list of names, or a map of what is said of each. */
const NAMED = new Set(['networks']);

function merged(one: unknown, other: unknown, key = ''): unknown {
  if (other instanceof Override) return other.value;
  if (NAMED.has(key) && Array.isArray(one) !== Array.isArray(other) && one !== undefined && other !== undefined)
    return merged(byName(one), byName(other));
  if (Array.isArray(one) && Array.isArray(other))
    return REPLACED.has(key) ? (other as unknown[]) : [...new Set<unknown>((one as unknown[]).concat(other))];
  if (isMap(one) && isMap(other)) {
    const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return Object.fromEntries(keys.map((each) => [each, merged(one[each], other[each], each)]));
  }
  return other === undefined ? one : other;
}

function byName(value: unknown): unknown {
  return Array.isArray(value) ? Object.fromEntries((value as string[]).map((name) => [name, null])) : value;
}

function isMap(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Takes the pairs of one YAML mapping for options: what each gives, where it stands, and what is wrong with its key.
import { dirname, isAbsolute, join } from 'node:path';
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { didYouMean } from './near-miss.js';
import type { Problem } from './problem.js';
import { shownKey } from './shown.js';
import type { Given } from './sources.js';
import { fileKey, keysOf, type Entry } from './table.js';
import { yaml, type FilePositions, type KeyPath } from './yaml-file.js';

export interface FileContext {
  readonly document: Document;
  readonly positions: FilePositions;
  readonly path: string;
}

export interface PairContext {
  readonly file: FileContext;
  readonly entries: readonly Entry[];
  /** Keys that are there besides and read elsewhere. */
  readonly others?: readonly string[];
  /** What to do about a key that is not there, where that is known. */
  readonly elsewhere?: (key: string) => string | undefined;
  /** What the mapping has given so far; the pair's value is added. */
  readonly given: Map<string, Given>;
  /** The mapping's own place, such as `brokers[1]`; undefined for the file itself. */
  readonly within?: string;
}

/** What is wrong with the pair, if anything. */
export function takePair(pair: Pair, context: PairContext): Problem | undefined {
  const { file, entries, others = [], elsewhere, given, within } = context;
  const { isScalar } = yaml();
  const { document, positions, path } = file;
  const key = isScalar(pair.key) ? String(pair.key.value) : '?';
  const named = (text: string): string => (within === undefined ? text : `${within}.${text}`);
  const where = isScalar(pair.key) && pair.key.range ? positions.at(pair.key.range[0]) : path;
  const entry = entries.find((candidate) => keysOf(candidate).includes(key));
  if (!entry) {
    const meant = elsewhere?.(key) ?? didYouMean(key, [...entries.flatMap(keysOf), ...others]);
    const wanted = within === undefined ? 'a key that is the name of an option' : `a key that ${within} can have`;
    const all = within === undefined ? '' : `: there are ${entries.flatMap(keysOf).join(', ')}`;
    return { key: named(shownKey(key)), where, wanted, fix: meant ?? `remove it${all}` };
  }
  const before = given.get(entry.key);
  const form = key === entry.key ? 'yaml' : 'path';
  if (before && before.form !== form) {
    const wanted = `only one of ${entry.key} and ${fileKey(entry.key)}`;
    return { key: named(entry.key), where: `${before.where} and ${where}`, wanted, fix: 'remove one' };
  }
  const value = plainValue(pair, document);
  if (value === undefined)
    return {
      key: named(key),
      where: lostAliasIn(pair, file) ?? where,
      wanted: 'a value without aliases to what is missing or too large',
    };
  if (value === null) {
    const wanted = form === 'path' ? 'the path of a file' : entry.option.wanted;
    return { key: named(key), where, wanted, fix: 'it has no value: give one or remove the line' };
  }
  const example = (shown: string): string => `${entry.key}: ${shown}`;
  // What is inside of a section's element is not looked for.
  const place = (inside: KeyPath): string => (within === undefined ? positions.of([entry.key, ...inside]) : where);
  const taken = form === 'path' ? beside(path, value) : value;
  given.set(entry.key, { source: 'file', where, form, value: taken, place, example });
  return undefined;
}

/** Mappings that stand for each other are not followed deeper. */
const DEEPEST = 8;

/** The pairs of a mapping, and those that `<<` takes over from others where it has none of that key itself. */
export function pairsOf(map: YAMLMap, document: Document, depth = 0): readonly Pair[] {
  const { isAlias, isMap, isScalar, isSeq } = yaml();
  const isMerge = ({ key }: Pair): boolean => isScalar(key) && typeof key.value === 'symbol';
  const keyOf = ({ key }: Pair): unknown => (isScalar(key) ? key.value : key);
  const mappings = (node: unknown): readonly YAMLMap[] => {
    const meant = isAlias(node) ? node.resolve(document) : (node as Node | null | undefined);
    if (isMap(meant)) return [meant];
    // A list behind << is written out: none of its elements is a list again.
    return isSeq(meant) ? meant.items.flatMap((each) => (isSeq(each) ? [] : mappings(each))) : [];
  };
  const pairs = map.items.filter((pair) => !isMerge(pair));
  if (depth === DEEPEST) return pairs;
  const known = new Set(pairs.map(keyOf));
  for (const { value } of map.items.filter(isMerge)) {
    for (const pair of mappings(value).flatMap((each) => pairsOf(each, document, depth + 1))) {
      if (known.has(keyOf(pair))) continue;
      known.add(keyOf(pair));
      pairs.push(pair);
    }
  }
  return pairs;
}

/**
 * Null where there is no value; undefined where an alias leads nowhere or into itself, or aliases multiply beyond what
 * the YAML reader allows.
 */
function plainValue(pair: Pair, document: Document): unknown {
  try {
    const node = pair.value as { toJS(document: Document): unknown } | null;
    const value = node?.toJS(document) ?? null;
    // Throws for what holds itself.
    JSON.stringify(value);
    return value;
  } catch {
    return undefined;
  }
}

/** Where the first alias stands that leads nowhere; undefined where each has its anchor. */
function lostAliasIn({ value }: Pair, { document, positions }: FileContext): string | undefined {
  let found: string | undefined;
  const { visit, isNode } = yaml();
  if (!isNode(value)) return undefined;
  visit(value, {
    Alias: (_key, alias) => {
      if (alias.resolve(document) !== undefined) return undefined;
      found = positions.at(alias.range?.[0] ?? 0);
      return visit.BREAK;
    },
  });
  return found;
}

function beside(configPath: string, value: unknown): unknown {
  return typeof value === 'string' && value !== '' && !isAbsolute(value) ? join(dirname(configPath), value) : value;
}

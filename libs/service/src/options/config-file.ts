// Reads what the YAML configuration file gives to the options of a table: one mapping from keys to values.
import { dirname, isAbsolute, join } from 'node:path';
import type { Document, Pair } from 'yaml';
import { didYouMean } from './near-miss.js';
import type { Problem } from './problem.js';
import { shownKey, shownValue } from './shown.js';
import type { Given, ReadFile, Reading } from './sources.js';
import { fileKey, keysOf, type OptionsTable } from './table.js';
import { parseYamlFile, yaml, type FilePositions, type KeyPath } from './yaml-file.js';

/** An empty file gives nothing. A path in it is relative to the file's own folder. */
export function readConfigFile(
  table: OptionsTable,
  { path, where }: NonNullable<Reading['config']>,
  readFile: ReadFile,
): Reading {
  const given = new Map<string, Given>();
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const wanted = `a file that can be read: ${readFailure(error)}`;
    return { given, problems: [{ key: 'config', where, value: shownValue(path), wanted, fix: 'correct the path' }] };
  }
  const { document, positions, problems: faults, isBroken } = parseYamlFile(text, path);
  const { contents } = document;
  if (isBroken || contents === null) return { given, problems: faults };
  const { isMap, isScalar } = yaml();
  if (!isMap(contents)) {
    if (isScalar(contents) && contents.value === null) return { given, problems: faults };
    const at = positions.at(contents.range?.[0] ?? 0);
    return {
      given,
      problems: [...faults, { key: 'config', where: at, wanted: 'keys with values, such as port: 9808' }],
    };
  }
  const problems = [...faults];
  for (const pair of contents.items) {
    const problem = takePair(pair, { document, positions, table, path, given });
    if (problem) problems.push(problem);
  }
  return { given, problems };
}

/** Why a file cannot be read, in words. */
export function readFailure(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'this user may not read it',
    EISDIR: 'it is a folder',
  };
  return words[code] ?? (code === '' ? 'reading it failed' : `reading it failed (${code})`);
}

interface PairContext {
  readonly document: Document;
  readonly positions: FilePositions;
  readonly table: OptionsTable;
  readonly path: string;
  readonly given: Map<string, Given>;
}

function takePair(pair: Pair, { document, positions, table, path, given }: PairContext): Problem | undefined {
  const { isScalar } = yaml();
  const key = isScalar(pair.key) ? String(pair.key.value) : '?';
  const where = isScalar(pair.key) && pair.key.range ? positions.at(pair.key.range[0]) : path;
  const entry = table.entries.find((candidate) => keysOf(candidate).includes(key));
  if (!entry) {
    const meant = didYouMean(key, table.entries.flatMap(keysOf));
    const wanted = 'a key that is the name of an option';
    return { key: shownKey(key), where, wanted, fix: meant ?? 'remove it' };
  }
  const before = given.get(entry.key);
  const form = key === entry.key ? 'yaml' : 'path';
  if (before && before.form !== form) {
    const wanted = `only one of ${entry.key} and ${fileKey(entry.key)}`;
    return { key: entry.key, where: `${before.where} and ${where}`, wanted, fix: 'remove one' };
  }
  const value = plainValue(pair, document);
  if (value === undefined) return { key, where, wanted: 'a value without aliases to what is missing or too large' };
  if (value === null) {
    const wanted = form === 'path' ? 'the path of a file' : entry.option.wanted;
    return { key, where, wanted, fix: 'it has no value: give one or remove the line' };
  }
  const example = (shown: string): string => `${entry.key}: ${shown}`;
  const place = (inside: KeyPath): string => positions.of([entry.key, ...inside]);
  const taken = form === 'path' ? beside(path, value) : value;
  given.set(entry.key, { source: 'file', where, form, value: taken, place, example });
  return undefined;
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

function beside(configPath: string, value: unknown): unknown {
  return typeof value === 'string' && value !== '' && !isAbsolute(value) ? join(dirname(configPath), value) : value;
}

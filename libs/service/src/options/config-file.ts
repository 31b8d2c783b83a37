// Reads what the YAML configuration file gives. Nothing of its text is printed, since it may hold secrets.
import { dirname, isAbsolute, join } from 'node:path';
import { isMap, isScalar, LineCounter, parseDocument, type Document, type Pair, type YAMLError } from 'yaml';
import type { Given, Reading } from './given.js';
import { didYouMean } from './near-miss.js';
import type { Problem } from './problem.js';
import { fileKey, keysOf, type OptionsTable } from './table.js';

/** Gives the text of a file, or throws. */
export type ReadFile = (path: string) => string;

/** One mapping from keys to values; an empty file gives nothing. A path in it is relative to the file's own folder. */
export function readConfigFile(
  table: OptionsTable,
  { path, where }: NonNullable<Reading['config']>,
  readFile: ReadFile,
): Reading {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return failed([
      {
        key: 'config',
        where,
        value: path,
        wanted: `a file that can be read: ${readFailure(error)}`,
        fix: 'correct the path',
      },
    ]);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number): string => `${path}:${lines.linePos(offset).line}`;

  const faults = [...document.errors, ...document.warnings];
  // A key that stands twice leaves the rest readable. After any other fault the rest, and its further faults, would be
  // guesses.
  const broken = faults.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (broken) return failed([syntaxProblem(broken, text, lineAt)]);
  const problems = faults.map((fault) => syntaxProblem(fault, text, lineAt));
  if (document.contents === null) return failed(problems);
  if (!isMap(document.contents)) {
    if (isScalar(document.contents) && document.contents.value === null) return failed(problems);
    const at = lineAt(document.contents.range[0]);
    return failed([...problems, { key: 'config', where: at, wanted: 'keys with values, such as port: 9808' }]);
  }

  const given = new Map<string, Given>();
  for (const pair of document.contents.items) {
    const problem = takePair(pair, document, table, path, lineAt, given);
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

function takePair(
  pair: Pair,
  document: Document,
  table: OptionsTable,
  path: string,
  lineAt: (offset: number) => string,
  given: Map<string, Given>,
): Problem | undefined {
  const key = isScalar(pair.key) ? String(pair.key.value) : '?';
  const where = isScalar(pair.key) && pair.key.range ? lineAt(pair.key.range[0]) : path;
  const entry = table.entries.find((candidate) => keysOf(candidate).includes(key));
  if (!entry) {
    const meant = didYouMean(key, table.entries.flatMap(keysOf));
    return { key, where, wanted: 'a key that is the name of an option', fix: meant ?? 'remove it' };
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
  given.set(entry.key, { source: 'file', where, form, value: form === 'path' ? beside(path, value) : value, example });
  return undefined;
}

/**
 * Null where there is no value; undefined where an alias leads nowhere or aliases multiply beyond what the YAML reader
 * allows.
 */
function plainValue(pair: Pair, document: Document): unknown {
  try {
    const node = pair.value as { toJS(document: Document): unknown } | null;
    return node?.toJS(document) ?? null;
  } catch {
    return undefined;
  }
}

function beside(configPath: string, value: unknown): unknown {
  return typeof value === 'string' && value !== '' && !isAbsolute(value) ? join(dirname(configPath), value) : value;
}

function syntaxProblem({ code, pos }: YAMLError, text: string, lineAt: (offset: number) => string): Problem {
  const where = lineAt(pos[0]);
  if (code === 'DUPLICATE_KEY') {
    const key = /^[\w.-]+/.exec(text.slice(pos[0]))?.[0] ?? 'config';
    return { key, where, wanted: 'each key only once', fix: 'remove all lines for it but one' };
  }
  return { key: 'config', where, wanted: `correct YAML: ${code.toLowerCase().replaceAll('_', ' ')}` };
}

function failed(problems: readonly Problem[]): Reading {
  return { given: new Map(), problems };
}

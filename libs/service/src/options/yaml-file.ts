// Reads a YAML file so that each of its values can be named by line and column. Nothing of its text is printed: it may
// hold secrets.
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Document, LineCounter, YAMLError } from 'yaml';
import { encodingProblem, oddInText, oddScalars, oddSignNear } from './odd-characters.js';
import type { Problem } from './problem.js';
import { shownKey } from './shown.js';

// Loaded where a file is read: it costs 4 MB, and a program without a file has no use for it.
const load = createRequire(import.meta.url);
export const yaml = (): typeof Yaml => load('yaml') as typeof Yaml;

/** The keys and indexes that lead to a value. */
export type KeyPath = readonly (string | number)[];

/** `channels[2].webhook_url`. */
export function showPath(path: KeyPath): string {
  const steps = path.map((key, index) =>
    typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${shownKey(key)}`,
  );
  return steps.join('') || 'the file';
}

export interface YamlFile {
  readonly document: Document;
  readonly positions: FilePositions;
  /** What makes it no correct YAML, by the key `config` or that which stands twice. */
  readonly problems: readonly Problem[];
  /** After a fault other than a repeated key the rest, and its further faults, would be guesses. */
  readonly isBroken: boolean;
}

/** `name`: what problems call the file; with `columns` they name the column too. */
export function parseYamlFile(text: string, name: string, { columns = false } = {}): YamlFile {
  const lines = new (yaml().LineCounter)();
  const document = yaml().parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true });
  const positions = new FilePositions(document, lines, name, columns);
  const encoding = encodingProblem(text, name);
  if (encoding) return { document, positions, problems: [encoding], isBroken: true };
  const places = { text, at: (offset: number) => positions.exactly(offset) };
  const faults = [...document.errors, ...document.warnings];
  const broken = faults.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (broken) {
    const problem = oddSignNear(broken.pos[0], places) ?? faultProblem(broken, document, positions);
    return { document, positions, problems: [problem], isBroken: true };
  }
  const inScalars = oddScalars(document, places);
  const odd = inScalars.length === 0 && isOneText(document) ? oddInText(places) : inScalars;
  const problems = [...faults.map((fault) => faultProblem(fault, document, positions)), ...odd];
  return { document, positions, problems, isBroken: odd.length > 0 };
}

/** The whole file is one text: no key was found in it. */
function isOneText({ contents }: Document): boolean {
  return yaml().isScalar(contents) && typeof contents.value === 'string';
}

/** Aliases that lead nowhere, or into themselves: a file with one of them has no value. */
export function aliasProblems({ document, positions }: YamlFile): Problem[] {
  const problems: Problem[] = [];
  const { isAlias, isMap, isScalar, isSeq } = yaml();
  const isMappings = (node: unknown): boolean => {
    const meant: unknown = isAlias(node) ? (node.resolve(document) ?? node) : node;
    return isMap(meant) || isAlias(meant) || (isSeq(meant) && meant.items.every((each) => isMappings(each)));
  };
  yaml().visit(document, {
    Pair: (_key, { key, value }) => {
      // The reader's own sign for <<, which in quotes is a key as any other.
      if (!isScalar(key) || typeof key.value !== 'symbol' || isMappings(value)) return;
      const where = positions.at(key.range?.[0] ?? 0);
      problems.push({ key: 'config', where, wanted: 'a mapping behind <<, such as <<: *name' });
    },
    Alias: (_key, alias, path) => {
      const target = alias.resolve(document);
      const where = positions.at(alias.range?.[0] ?? 0);
      if (target === undefined)
        problems.push({ key: 'config', where, wanted: 'an anchor (&name) before its alias (*name)' });
      else if (path.includes(target))
        problems.push({ key: 'config', where, wanted: 'no alias inside of what it stands for' });
    },
  });
  return problems;
}

/** What helps against the commonest faults, by the YAML reader's own code. */
const FIXES: Readonly<Record<string, string>> = {
  BAD_INDENT: 'let the line begin below those that it belongs to',
  BAD_SCALAR_START: 'put a value that begins with this sign in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'write each key on a line of its own, with a colon and a space behind it',
  MISSING_CHAR: 'look for a quote or bracket that is not closed, or a key without a colon',
  MULTILINE_IMPLICIT_KEY: 'look in the line above for a colon without a space behind it',
  MULTIPLE_DOCS: 'remove the line ---',
  TAB_AS_INDENT: 'indent with spaces',
  UNEXPECTED_TOKEN: 'look for a sign too many',
};

function faultProblem({ code, pos }: YAMLError, document: Document, positions: FilePositions): Problem {
  const where = positions.at(pos[0]);
  if (code === 'DUPLICATE_KEY') {
    const { path, isList } = pairAt(pos[0], document);
    const last = path.at(-1);
    const fix =
      isList && typeof last === 'string'
        ? `put the entries of all of them under one ${shownKey(last)}:`
        : 'remove all lines for it but one';
    return { key: path.length === 0 ? 'config' : showPath(path), where, wanted: 'each key only once', fix };
  }
  const fix = FIXES[code];
  return {
    key: 'config',
    where,
    wanted: `correct YAML: ${code.toLowerCase().replaceAll('_', ' ')}`,
    ...(fix && { fix }),
  };
}

/** The path of the pair whose key begins there; empty where there is none. */
function pairAt(offset: number, document: Document): { readonly path: KeyPath; readonly isList: boolean } {
  let found: { readonly path: KeyPath; readonly isList: boolean } = { path: [], isList: false };
  const { visit, isNode, isPair, isScalar, isSeq } = yaml();
  visit(document, {
    Pair: (_index, pair, ancestors) => {
      if (!isNode(pair.key) || pair.key.range?.[0] !== offset) return undefined;
      const line: readonly unknown[] = [...ancestors, pair];
      const path = line.flatMap((node, at): readonly (string | number)[] => {
        if (isPair(node)) return [isScalar(node.key) ? String(node.key.value) : '?'];
        return isSeq(node) ? [node.items.indexOf(line[at + 1])] : [];
      });
      found = { path, isList: isSeq(pair.value) };
      return visit.BREAK;
    },
  });
  return found;
}

/** Where things stand in a file. */
export class FilePositions {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #name: string;
  readonly #columns: boolean;

  constructor(document: Document, lines: LineCounter, name: string, columns: boolean) {
    this.#document = document;
    this.#lines = lines;
    this.#name = name;
    this.#columns = columns;
  }

  /** `relay.yml:12`, or `relay.yml:12:5` with the column. */
  at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#name}:${line}${this.#columns ? `:${col}` : ''}`;
  }

  /** `relay.yml:12:5`, for what a reader of the line cannot see. */
  exactly(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return `${this.#name}:${line}:${col}`;
  }

  /** Where a value is, or the nearest thing around it that is in the file; `x` may have been given as `x_file`. */
  of(path: KeyPath): string {
    const { isNode, isCollection } = yaml();
    for (let length = path.length; length > 0; length--) {
      const key = path[length - 1];
      const around = path.slice(0, length - 1);
      for (const name of typeof key === 'string' ? [key, `${key}_file`] : [key]) {
        const node: unknown = this.#document.getIn([...around, name], true);
        if (isNode(node) && node.range) return this.at(node.range[0]);
      }
    }
    const root = this.#document.contents;
    return isCollection(root) && root.range ? this.at(root.range[0]) : this.#name;
  }
}

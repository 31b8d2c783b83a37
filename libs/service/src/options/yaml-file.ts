// Reads a YAML file so that each of its values can be named by line and column. Nothing of its text is printed: it may
// hold secrets.
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Document, LineCounter, YAMLError } from 'yaml';
import type { Problem } from './problem.js';

// Loaded where a file is read: it costs 4 MB, and a program without a file has no use for it.
export const yaml = (): typeof Yaml => createRequire(import.meta.url)('yaml') as typeof Yaml;

/** The keys and indexes that lead to a value. */
export type KeyPath = readonly (string | number)[];

/** `channels[2].webhook_url`. */
export function showPath(path: KeyPath): string {
  return (
    path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('') ||
    'the file'
  );
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
  const document = yaml().parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const positions = new FilePositions(document, lines, name, columns);
  const faults = [...document.errors, ...document.warnings];
  const broken = faults.find(({ code }) => code !== 'DUPLICATE_KEY');
  const problems = (broken ? [broken] : faults).map((fault) => faultProblem(fault, text, positions));
  return { document, positions, problems, isBroken: broken !== undefined };
}

function faultProblem({ code, pos }: YAMLError, text: string, positions: FilePositions): Problem {
  const where = positions.at(pos[0]);
  if (code === 'DUPLICATE_KEY') {
    const key = /^[\w.-]+/.exec(text.slice(pos[0]))?.[0] ?? 'config';
    return { key, where, wanted: 'each key only once', fix: 'remove all lines for it but one' };
  }
  return { key: 'config', where, wanted: `correct YAML: ${code.toLowerCase().replaceAll('_', ' ')}` };
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

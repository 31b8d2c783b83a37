// Where a key stands in the configuration file: `alert-relay.yml:12:5`.
import type { LineCounter } from 'yaml';
import { isCollection, isNode, type Document } from 'yaml';

export type KeyPath = readonly (string | number)[];

/** `channels[2].webhook_url`. */
export function showPath(path: KeyPath): string {
  return (
    path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('') ||
    'the file'
  );
}

export class Places {
  readonly #document: Document;
  readonly #lines: LineCounter;
  readonly #file: string;

  constructor(document: Document, lines: LineCounter, file: string) {
    this.#document = document;
    this.#lines = lines;
    this.#file = file;
  }

  /**
   * The place of a value, or of the nearest thing around it that is in the file; `x` may have been given as `x_file`.
   */
  of(path: KeyPath): string {
    for (let length = path.length; length > 0; length--) {
      const key = path[length - 1];
      const around = path.slice(0, length - 1);
      for (const name of typeof key === 'string' ? [key, `${key}_file`] : [key]) {
        const node: unknown = this.#document.getIn([...around, name], true);
        if (isNode(node) && node.range) return this.at(node.range[0]);
      }
    }
    const root = this.#document.contents;
    return isCollection(root) && root.range ? this.at(root.range[0]) : this.#file;
  }

  at(offset: number): string {
    const { line, col } = this.#lines.linePos(offset);
    return line === 0 ? this.#file : `${this.#file}:${line}:${col}`;
  }
}

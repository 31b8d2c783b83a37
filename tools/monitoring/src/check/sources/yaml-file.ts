// A YAML file with its lines, so that a problem can say where it is.
import { isNode, isScalar, LineCounter, parseDocument } from 'yaml';

export type Path = readonly (string | number)[];

export class YamlFile {
  readonly file: string;
  /** The content as plain values. */
  readonly content: unknown;
  /** What the parser found wrong. */
  readonly errors: readonly { readonly line: number; readonly text: string }[];
  readonly #document: ReturnType<typeof parseDocument>;
  readonly #lines = new LineCounter();

  /** @param file path below the repository, for problems */
  constructor(file: string, text: string) {
    this.file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines });
    this.errors = this.#document.errors.map(({ message, pos }) => ({
      line: this.#lines.linePos(pos[0]).line,
      text: message.split('\n', 1)[0] ?? message,
    }));
    this.content = this.errors.length === 0 ? this.#document.toJS() : undefined;
  }

  /** Line of a value, or of the nearest thing around it. */
  line(path: Path): number | undefined {
    for (let length = path.length; length > 0; length--) {
      const node: unknown = this.#document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return this.#lines.linePos(node.range[0]).line;
    }
    return undefined;
  }

  /** Line of an offset in a text value. */
  lineIn(path: Path, offset: number): number | undefined {
    const node: unknown = this.#document.getIn(path, true);
    const line = this.line(path);
    if (line === undefined || !isScalar(node) || typeof node.value !== 'string') return line;
    // A block begins below its sign | or >.
    const isBlock = node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED';
    return line + (isBlock ? 1 : 0) + node.value.slice(0, offset).split('\n').length - 1;
  }
}

// Which tests may come out otherwise in another time zone: those that share a room with code that knows dates.
import path from 'node:path';

export interface SourceFile {
  /** From the root of the repository, like apps/exporter/src/tracking/model.ts. */
  readonly path: string;
  readonly text: string;
}

/** JavaScript's dates, its formats of them, and our own readers. */
const KNOWS_DATES = /\bDate\b(?!\.now\b)|\bIntl\.DateTimeFormat\b|\bparseTime\b|\betaSeconds\b/;

/** The folders that hold such code, with those that hold only its test. Sorted, each once. */
export function roomsThatKnowDates(files: readonly SourceFile[]): readonly string[] {
  return [...new Set(files.filter(({ text }) => KNOWS_DATES.test(text)).map((file) => path.dirname(file.path)))].sort();
}

/** For jest: the compiled tests of these rooms, not those of the rooms inside them. */
export function patternOf(rooms: readonly string[]): string {
  const folders = rooms.map((room) => room.replace('/src', '/dist').replace(/[.+?^$()[\]{}|\\]/g, '\\$&'));
  return `/(${folders.join('|')})/[^/]+\\.test\\.js$`;
}

// What the sources of options (flags, environment, file) give, before it is known whether it is acceptable.
import type { Problem } from './problem.js';
import type { KeyPath } from './yaml-file.js';

export type Source = 'flag' | 'environment' | 'file' | 'default';

/** Gives the text of a file, or throws. */
export type ReadFile = (path: string) => string;

/** What one source (flags, environment, file) gives to an option, before it is known whether it is acceptable. */
export interface Given {
  readonly source: Exclude<Source, 'default'>;
  /** For problems: `flag --port`. */
  readonly where: string;
  /**
   * `text` from a flag or variable, `texts` from those that are read as a list, `yaml` from the file; `path` names a
   * file that holds a secret's text.
   */
  readonly form: 'text' | 'texts' | 'yaml' | 'path';
  readonly value: unknown;
  /** Of `texts`: makes of them what the option reads, or throws. */
  readonly read?: (texts: readonly string[]) => unknown;
  /** Where what is inside of the value stands; only from the file. */
  readonly place?: (path: KeyPath) => string;
  /** How a value is written in this place: `--port=9808`. */
  readonly example: (text: string) => string;
}

/** One source read to its end. */
export interface Reading {
  readonly given: ReadonlyMap<string, Given>;
  readonly problems: readonly Problem[];
  /** The configuration file that this source names. */
  readonly config?: { readonly path: string; readonly where: string };
  /** The elements of each list of the file that is a section. */
  readonly sections?: ReadonlyMap<string, readonly GivenElement[]>;
  /** Where each of these lists begins. */
  readonly sectionPlaces?: ReadonlyMap<string, string>;
}

/** One element of such a list, before it is known whether it is acceptable. */
export interface GivenElement {
  /** `celery_exporter.yml:12` */
  readonly where: string;
  readonly given: ReadonlyMap<string, Given>;
}

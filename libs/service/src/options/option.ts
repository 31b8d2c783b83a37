// What one option is: how its value is read, what holds where none is given, and what people are told about it.

/** What every entry of an options table says about itself. */
export interface About {
  /** One or two sentences for `--help`. */
  readonly help: string;
  /** What it costs in memory, in series or in load on what is watched. */
  readonly cost?: string;
  /** The environment variable, or several of which the first that is set counts; default `<PREFIX>_<KEY>`. */
  readonly env?: string | readonly string[];
  /** What `--help` shows for the value, in capitals. */
  readonly placeholder?: string;
  /**
   * The value is never printed, and may also come from a file that `<ENV>_FILE`, `<flag>-file` or `<key>_file` names.
   */
  readonly secret?: boolean;
}

/** One entry of a table whose value, once read, is a `T`. */
export interface Option<out T> {
  readonly about: About;
  readonly secret: boolean;
  /** A switch is given as `--name` and `--no-name`; every other option takes a value. */
  readonly isSwitch: boolean;
  readonly placeholder: string;
  /** Completes the sentence "wanted …", without any value in it. */
  readonly wanted: string;
  readonly fallback: Fallback<T>;
  /** Reads a flag's or a variable's text. Throws an Error whose message completes "wanted …". */
  fromText(text: string): T;
  /** Reads what stands in the YAML file. Throws the same. */
  fromYaml(value: unknown): T;
}

/** `text` is what a person would write to get the value; undefined where that is "nothing". */
export type Fallback<T> =
  { readonly required: true } | { readonly required: false; readonly value: T; readonly text: string | undefined };

/**
 * An error whose message holds nothing of the value, so that it may be printed for a secret too; completes "wanted …".
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

/**
 * How an option is declared. `default: undefined` makes it optional, and its value `T | undefined`; an entry without a
 * default must be given by the one who starts the program.
 */
export interface Declare<T, D = T, Extra = unknown> {
  (spec: About & Extra & { readonly default: undefined }): Option<T | undefined>;
  (spec: About & Extra & { readonly default?: D }): Option<T>;
}

export type Declared<D, Extra = unknown> = About & Extra & { readonly default?: D | undefined };

/** What a kind of option knows; `D` is the type in which its default is written. */
export interface Kind<T, D> {
  readonly wanted: string;
  readonly placeholder: string;
  readonly isSwitch?: boolean;
  fromText(text: string): T;
  fromYaml(value: unknown): T;
  fromDefault(value: D): T;
  /** The default as a person would write it. */
  show(value: D): string;
}

/** Builds an option of a kind. Throws where the default itself is not acceptable: that is a mistake in the program. */
export function optionOf<T, D>(spec: Declared<D>, kind: Kind<T, D>): Option<T> {
  return Object.freeze({
    about: spec,
    secret: spec.secret ?? false,
    isSwitch: kind.isSwitch ?? false,
    placeholder: spec.placeholder ?? kind.placeholder,
    wanted: kind.wanted,
    fallback: fallbackOf(spec, kind),
    fromText: (text: string) => kind.fromText(text),
    fromYaml: (value: unknown) => kind.fromYaml(value),
  });
}

function fallbackOf<T, D>(spec: Declared<D>, kind: Kind<T, D>): Fallback<T> {
  if (!('default' in spec)) return { required: true };
  // `Declare` gives this option the type `T | undefined`.
  if (spec.default === undefined) return { required: false, value: undefined as T, text: undefined };
  return { required: false, value: kind.fromDefault(spec.default), text: kind.show(spec.default) };
}

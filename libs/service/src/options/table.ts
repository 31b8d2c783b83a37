// The options table: from one entry follow its flag, its environment variables and its key in the configuration file.
import type { z } from 'zod';
import { textFormOf, type TextForm } from './values.js';

/** What every entry of an options table says about itself. */
export interface About {
  /** One or two sentences for `--help`. */
  readonly help: string;
  /** What it costs in memory, in series or in load on what is watched. */
  readonly cost?: string;
  /** The environment variable, or several of which the first that is set counts; default `<PREFIX>_<KEY>`. */
  readonly env?: string | readonly string[];
  /** What `--help` shows for the value, in capitals; default: that of its kind. */
  readonly placeholder?: string;
  /**
   * The value is never printed, and may also come from a file that `<ENV>_FILE`, `<flag>-file` or `<key>_file` names.
   */
  readonly secret?: boolean;
  /** The flag may be given several times: its texts are joined with this. */
  readonly joinedWith?: string;
  /** Environment variables that count before those of `env`. */
  readonly moreEnv?: readonly string[];
  /** Names beside its own, which another program has for it. */
  readonly aliases?: readonly Alias[];
}

/** Another name of an option: a flag or an environment variable. */
export interface Alias {
  /** `--other-name`, or a short one such as `-Q`. */
  readonly flag?: string;
  readonly env?: string;
  /**
   * Turns the text, or the texts where the flag was given several times, into what the option's schema reads; throws an
   * Error whose message completes "wanted …". Absent: read as under the option's own name.
   */
  readonly read?: (texts: readonly string[]) => unknown;
}

/** One entry of a table whose value, once read, is a `T`. */
export interface Option<out T> extends TextForm {
  readonly about: About;
  readonly secret: boolean;
  readonly schema: z.ZodType<T>;
  readonly fallback: Fallback<T>;
}

/** `text` is what a person would write to get the value; undefined where that is "nothing". */
export type Fallback<T> =
  { readonly required: true } | { readonly required: false; readonly value: T; readonly text: string | undefined };

/**
 * Declares an option of a kind. `default` is written as in the configuration file. `default: undefined` makes the
 * option optional, and its value `T | undefined`. An option without a default must be given by the one who starts the
 * program. Throws where the kind refuses the default: that is a mistake in the program.
 */
export function option<S extends z.ZodType>(
  schema: S,
  about: About & { readonly default: undefined },
): Option<z.output<S> | undefined>;
export function option<S extends z.ZodType>(
  schema: S,
  about: About & { readonly default?: NoInfer<z.input<S>> },
): Option<z.output<S>>;
export function option(schema: z.ZodType, about: About & { readonly default?: unknown }): Option<unknown> {
  const form = textFormOf(schema);
  return Object.freeze({
    ...form,
    about,
    schema,
    secret: about.secret ?? form.secret ?? false,
    placeholder: about.placeholder ?? form.placeholder,
    fallback: fallbackOf(schema, form, about),
  });
}

/** What may be changed about an option for a mode of the program. */
export interface Amendment extends Pick<About, 'help' | 'env' | 'moreEnv' | 'aliases'> {
  /** Written as in the configuration file. */
  readonly default?: unknown;
  /** What is done to a text, of the file too, before the option reads it. */
  readonly fromText?: (text: string) => unknown;
}

/** The same option, with another default or under more names. */
export function amended<T>(declared: Option<T>, change: Partial<Amendment>): Option<T> {
  const { fromText, default: written, ...about } = change;
  const fallback =
    'default' in change ? fallbackOf(declared.schema, declared, { default: written }) : declared.fallback;
  return Object.freeze({
    ...declared,
    ...(fromText !== undefined && { fromText, readsTextInFile: true }),
    about: { ...declared.about, ...about },
    // The schema that read the new default is the one that reads every other value.
    fallback: fallback as Fallback<T>,
  });
}

function fallbackOf(schema: z.ZodType, form: TextForm, given: { readonly default?: unknown }): Fallback<unknown> {
  if (!('default' in given)) return { required: true };
  const { default: written } = given;
  if (written === undefined) return { required: false, value: undefined, text: undefined };
  const { data, error } = schema.safeParse(written);
  if (error) throw new TypeError(`the default ${JSON.stringify(written)}: ${error.issues[0]?.message ?? ''}`);
  return { required: false, value: data, text: (form.show ?? shownDefault)(written) };
}

function shownDefault(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.join(',');
  // Nothing is set: there is no example in it.
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return typeof value === 'string' ? value : isEmpty ? undefined : JSON.stringify(value);
}

type Shape = Readonly<Record<string, Option<unknown>>>;

/** One option under all its names. */
export interface Entry {
  /** snake_case, as in the configuration file. */
  readonly key: string;
  /** `--broker-url`; a structured value has no flag, and nothing answers to this. */
  readonly flag: string;
  /** Environment variables; the first that is set counts. */
  readonly env: readonly string[];
  readonly option: Option<unknown>;
}

/**
 * What each element of a list in the configuration file may hold, such as `brokers:`. Such a list has no flag and no
 * variable. Where an element leaves out what is also an option of the table, the option's value is its own.
 */
export interface Section<S extends Shape = Shape> {
  readonly entries: readonly Entry[];
  /** Only carries the type of the values. */
  readonly shape: S;
}

export type Sections = Readonly<Record<string, Section>>;

export interface OptionsTable<S extends Shape = Shape, L extends Sections = Sections> {
  /** What the names of the program's own environment variables begin with, without the last underscore. */
  readonly prefix: string;
  readonly entries: readonly Entry[];
  /** The variable that names the file in which these options may stand; undefined where there is no such file. */
  readonly configVariable: string | undefined;
  /** What to do about a flag or a key that is not in this table, where that is known. */
  readonly elsewhere: (name: string) => string | undefined;
  /** The lists that the file may hold, by their keys. */
  readonly sections: L;
  /** As in the settings. */
  readonly lastFlagCounts: boolean;
  /** As in the settings. */
  readonly ignoresUnknownFlags: boolean;
  /** Only carries the type of the values. */
  readonly shape: S;
}

/** The values that the options of a table or of a section have once they are read. */
export type OptionValues<Table> =
  Table extends Pick<OptionsTable<infer S>, 'shape'>
    ? { readonly [Key in keyof S]: S[Key] extends Option<infer T> ? T : never }
    : never;

export const CONFIG_FLAG = '--config';
/**
 * For a secret, `_file` after the key, `-file` after the flag and `_FILE` after the variable name a file that holds it.
 */
export const fileKey = (key: string): string => `${key}_file`;
export const fileFlag = (flag: string): string => `${flag}-file`;
export const fileVariable = (name: string): string => `${name}_FILE`;
export const offFlag = (flag: string): string => flag.replace('--', '--no-');

export interface TableSettings {
  /**
   * False: the options stand on the command line only, with the few variables that they name. There is no file of them,
   * and variables with the program's prefix may mean something else.
   */
  readonly inFile?: boolean;
  /** Tells what to do about a flag or key that is no option here but has a meaning otherwise. */
  readonly elsewhere?: (name: string) => string | undefined;
  /** True: of an option that is given by several flags the last counts; else that is refused. */
  readonly lastFlagCounts?: boolean;
  /** True: a flag that is no option, and a word behind it, are as if they were not there; else they are refused. */
  readonly ignoresUnknownFlags?: boolean;
}

/** Declares a program's options. Throws where two of them would share a name: that is a mistake in the program. */
export function options<const S extends Shape>(
  prefix: string,
  shape: S,
  {
    inFile = true,
    elsewhere = () => undefined,
    lastFlagCounts = false,
    ignoresUnknownFlags = false,
  }: TableSettings = {},
): OptionsTable<S> {
  const entries = Object.entries(shape).map(([key, declared]): Entry => {
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key)) throw new Error(`option ${key}: its key must be snake_case`);
    const isText = declared.isStructured !== true;
    const own = declared.about.env ?? (inFile && isText ? defaultVariable(prefix, key) : []);
    const env = [declared.about.moreEnv ?? [], own].flat();
    return { key, flag: `--${key.replaceAll('_', '-')}`, env, option: declared };
  });
  const configVariable = inFile ? `${prefix}_CONFIG` : undefined;
  refuseSharedNames([...(inFile ? [CONFIG_FLAG] : []), '--help', '--version', ...entries.flatMap(flagsOf)]);
  refuseSharedNames([...(configVariable === undefined ? [] : [configVariable]), ...entries.flatMap(variablesOf)]);
  refuseSharedNames(entries.flatMap(keysOf));
  const told = { lastFlagCounts, ignoresUnknownFlags };
  return Object.freeze({ prefix, entries, configVariable, elsewhere, sections: {}, shape, ...told });
}

/** The table with lists that its file may hold besides. */
export function withSections<S extends Shape, const L extends Sections>(
  table: OptionsTable<S>,
  sections: L,
): OptionsTable<S, L> {
  refuseSharedNames([...table.entries.flatMap(keysOf), ...Object.keys(sections)]);
  return Object.freeze({ ...table, sections });
}

/** Declares what each element of a list in the file may hold. */
export function section<const S extends Shape>(shape: S): Section<S> {
  const entries = Object.entries(shape).map(([key, declared]): Entry => ({ key, flag: '', env: [], option: declared }));
  refuseSharedNames(entries.flatMap(keysOf));
  return Object.freeze({ entries, shape });
}

export function defaultVariable(prefix: string, key: string): string {
  return `${prefix}_${key.toUpperCase()}`;
}

export function flagsOf({ flag, option: { isSwitch, secret, isStructured, about } }: Entry): string[] {
  if (isStructured === true) return [];
  return [
    flag,
    ...(isSwitch === true ? [offFlag(flag)] : []),
    ...(secret ? [fileFlag(flag)] : []),
    ...(about.aliases ?? []).flatMap((alias) => alias.flag ?? []),
  ];
}

export function variablesOf({ env, option: { secret, about } }: Entry): string[] {
  return [
    ...env,
    ...(secret ? env.map(fileVariable) : []),
    ...(about.aliases ?? []).flatMap((alias) => alias.env ?? []),
  ];
}

export function keysOf({ key, option: { secret } }: Entry): string[] {
  return [key, ...(secret ? [fileKey(key)] : [])];
}

function refuseSharedNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two options share the name ${twice}`);
}

// The options table: from one entry follow its flag, its environment variables and its key in the configuration file.
import type { Option } from './option.js';

type Shape = Readonly<Record<string, Option<unknown>>>;

/** One option under all its names. */
export interface Entry {
  /** snake_case, as in the configuration file. */
  readonly key: string;
  /** `--broker-url` */
  readonly flag: string;
  /** Environment variables; the first that is set counts. */
  readonly env: readonly string[];
  readonly option: Option<unknown>;
}

export interface OptionsTable<S extends Shape = Shape> {
  /** What the names of the program's own environment variables begin with, without the last underscore. */
  readonly prefix: string;
  readonly entries: readonly Entry[];
  /** The variable that names the configuration file. */
  readonly configVariable: string;
  /** Only carries the type of the values. */
  readonly shape: S;
}

/** The values that a table's options have once they are read. */
export type OptionValues<Table> =
  Table extends OptionsTable<infer S>
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

/** Declares a program's options. Throws where two of them would share a name: that is a mistake in the program. */
export function options<const S extends Shape>(prefix: string, shape: S): OptionsTable<S> {
  const entries = Object.entries(shape).map(([key, option]): Entry => {
    if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key)) throw new Error(`option ${key}: its key must be snake_case`);
    return {
      key,
      flag: `--${key.replaceAll('_', '-')}`,
      env: [option.about.env ?? defaultVariable(prefix, key)].flat(),
      option,
    };
  });
  const table = { prefix, entries, configVariable: `${prefix}_CONFIG`, shape };
  refuseSharedNames([CONFIG_FLAG, '--help', '--version', ...entries.flatMap(flagsOf)]);
  refuseSharedNames([table.configVariable, ...entries.flatMap(variablesOf)]);
  refuseSharedNames(entries.flatMap(keysOf));
  return Object.freeze(table);
}

export function defaultVariable(prefix: string, key: string): string {
  return `${prefix}_${key.toUpperCase()}`;
}

export function flagsOf({ flag, option }: Entry): string[] {
  return [flag, ...(option.isSwitch ? [offFlag(flag)] : []), ...(option.secret ? [fileFlag(flag)] : [])];
}

export function variablesOf({ env, option }: Entry): string[] {
  return [...env, ...(option.secret ? env.map(fileVariable) : [])];
}

export function keysOf({ key, option }: Entry): string[] {
  return [key, ...(option.secret ? [fileKey(key)] : [])];
}

function refuseSharedNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two options share the name ${twice}`);
}

// Options with a form of their own: a JSON object, or whatever the program's own parser reads.
import { optionOf, type About, type Declare, type Declared, type Option } from './option.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** An object: JSON text in a flag or variable, a mapping or JSON text in the file. */
export const jsonObject: Declare<JsonObject> = (spec: Declared<JsonObject>) => {
  const wanted = 'a JSON object, such as {"name": 1}';
  const check = (value: unknown): JsonObject => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(wanted);
    return Object.freeze(value as Record<string, unknown>);
  };
  const read = (given: string): JsonObject => {
    let value: unknown;
    try {
      value = JSON.parse(given);
    } catch (error) {
      throw new Error(wanted, { cause: error });
    }
    return check(value);
  };
  return optionOf<JsonObject, JsonObject>(spec, {
    wanted,
    placeholder: 'JSON',
    fromText: read,
    fromYaml: (value) => (typeof value === 'string' ? read(value) : check(value)),
    fromDefault: check,
    show: (value) => JSON.stringify(value),
  });
};

export interface CustomSpec extends About {
  /**
   * Completes "wanted …" where `parse` does not say it, and for every secret that `parse` refuses without a `Refusal`.
   */
  readonly wanted?: string;
  /** The default as a person would write it; without it, JSON of the default. */
  readonly defaultText?: string;
}

/**
 * An option read by a function of the program's own. `raw` is the text of a flag or variable, or what YAML made of the
 * file's value. `parse` throws an Error whose message completes "wanted …"; for a secret the message is printed only if
 * it is a `Refusal`.
 */
export function custom<T>(
  parse: (raw: unknown) => T,
  spec: CustomSpec & { readonly default: undefined },
): Option<T | undefined>;
export function custom<T>(parse: (raw: unknown) => T, spec: CustomSpec & { readonly default?: NoInfer<T> }): Option<T>;
export function custom<T>(
  parse: (raw: unknown) => T,
  spec: CustomSpec & { readonly default?: T | undefined },
): Option<T> {
  return optionOf<T, T>(spec, {
    wanted: spec.wanted ?? 'a value of another form',
    placeholder: 'VALUE',
    fromText: parse,
    fromYaml: parse,
    fromDefault: (value) => value,
    show: (value) => spec.defaultText ?? (typeof value === 'string' ? value : JSON.stringify(value)),
  });
}

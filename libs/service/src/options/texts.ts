// Options that are words: a text, a secret, one of several words, a switch, a list of words.
import { redactUrl, Secret } from '../secret.js';
import { optionOf, type About, type Declare, type Declared, type Option } from './option.js';

/** Any text, as it stands. */
export const text: Declare<string> = (spec: Declared<string>) =>
  optionOf<string, string>(spec, {
    wanted: 'a text',
    placeholder: 'TEXT',
    fromText: (given) => given,
    fromYaml: (value) => yamlText(value, 'a text'),
    fromDefault: (value) => value,
    show: (value) => value,
  });

export interface SecretSpec {
  /** Completes "wanted …" for a value that `check` refuses. */
  readonly wanted?: string;
  /** Throws where the value is not acceptable. What it says is printed only when it throws a `Refusal`. */
  readonly check?: (value: string) => void;
}

/** A text that is never printed and may come from a file; not empty. The value is a `Secret`. */
export const secret: Declare<Secret, string, SecretSpec> = (spec: Declared<string, SecretSpec>) => {
  const wanted = spec.wanted ?? 'a text that is not empty';
  const read = (given: string): Secret => {
    if (given.trim() === '') throw new Error(wanted);
    spec.check?.(given);
    return new Secret(given);
  };
  return optionOf<Secret, string>(
    { ...spec, secret: true },
    {
      wanted,
      placeholder: 'SECRET',
      fromText: read,
      fromYaml: (value) => read(yamlText(value, wanted)),
      fromDefault: read,
      show: redactUrl,
    },
  );
};

/** One of the given words; upper and lower case count. The value's type is the union of the words. */
export function oneOf<const Word extends string>(
  words: readonly Word[],
  spec: About & { readonly default: undefined },
): Option<Word | undefined>;
export function oneOf<const Word extends string>(
  words: readonly Word[],
  spec: About & { readonly default?: NoInfer<Word> },
): Option<Word>;
export function oneOf<const Word extends string>(words: readonly Word[], spec: Declared<Word>): Option<Word> {
  const wanted = `one of ${words.join(', ')}`;
  const read = (given: unknown): Word => {
    const found = words.find((word) => word === (typeof given === 'string' ? given.trim() : given));
    if (found === undefined) throw new Error(wanted);
    return found;
  };
  return optionOf<Word, Word>(spec, {
    wanted,
    placeholder: words.join('|'),
    fromText: read,
    fromYaml: read,
    fromDefault: read,
    show: (word) => word,
  });
}

const SWITCH_WORDS = new Map(
  Object.entries({ true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false }),
);

/**
 * On or off: `--name`, `--no-name`, `--name=false`; in a variable also 1, 0, yes, no, on, off; in the file true and
 * false only.
 */
export const boolean: Declare<boolean> = (spec: Declared<boolean>) =>
  optionOf<boolean, boolean>(spec, {
    wanted: 'true or false',
    placeholder: 'true|false',
    isSwitch: true,
    fromText: (given) => {
      const value = SWITCH_WORDS.get(given.trim().toLowerCase());
      if (value === undefined) throw new Error('true or false');
      return value;
    },
    fromYaml: (value) => {
      if (typeof value !== 'boolean') throw new Error('true or false, without quotes');
      return value;
    },
    fromDefault: (value) => value,
    show: String,
  });

/**
 * Words between commas; in the file a YAML list or the same text. An empty text is the empty list, an empty word is
 * refused.
 */
export const list: Declare<readonly string[]> = (spec: Declared<readonly string[]>) => {
  const wanted = 'words between commas, none of them empty';
  const check = (words: readonly string[]): readonly string[] => {
    if (words.some((word) => word === '')) throw new Error(wanted);
    return Object.freeze([...words]);
  };
  const read = (given: string): readonly string[] =>
    check(given.trim() === '' ? [] : given.split(',').map((word) => word.trim()));
  return optionOf<readonly string[], readonly string[]>(spec, {
    wanted,
    placeholder: 'A,B,…',
    fromText: read,
    fromYaml: (value) => (typeof value === 'string' ? read(value) : check(yamlTexts(value, 'a list of texts'))),
    fromDefault: check,
    show: (words) => words.join(','),
  });
};

/** The YAML value as a text; a number or a date is not one unless it is quoted. */
export function yamlText(value: unknown, wanted: string): string {
  if (typeof value === 'string') return value;
  throw new Error(typeof value === 'number' || typeof value === 'boolean' ? `${wanted}: put it in quotes` : wanted);
}

/** The YAML value as a list of texts. */
export function yamlTexts(value: unknown, wanted: string): readonly string[] {
  if (!Array.isArray(value)) throw new Error(wanted);
  return value.map((item: unknown) => yamlText(item, wanted));
}

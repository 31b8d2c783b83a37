// The kinds of values in options and configuration files: each is a zod schema whose refusals complete "wanted …".
import { z } from 'zod';
import { redactUrl, Secret } from '../secret.js';

/** What a flag, a variable and `--help` must know of a kind; the schema alone reads what stands in a YAML file. */
export interface TextForm {
  /** Completes the sentence "wanted …", without any value in it. */
  readonly wanted: string;
  /** What `--help` shows for the value. */
  readonly placeholder: string;
  /** A switch is given as `--name` and `--no-name`; every other option takes a value. */
  readonly isSwitch?: boolean;
  /** The value is never printed, and may also come from a file. */
  readonly secret?: boolean;
  /** No single text: it stands in the configuration file only. */
  readonly isStructured?: boolean;
  /** Turns a text into what the schema reads. Absent: the schema reads texts. */
  readonly fromText?: (text: string) => unknown;
  /** A text in the file is read as one of a flag is. */
  readonly readsTextInFile?: boolean;
  /** Its flag may be given several times, and this turns the texts into what the schema reads. */
  readonly fromTexts?: (texts: readonly string[]) => unknown;
  /** A default as a person would write it. Absent: the text itself, lists with commas, all else as JSON. */
  readonly show?: (value: unknown) => string;
}

const FORMS = z.registry<TextForm>();

/** The text form of a schema that was made here. */
export function textFormOf(schema: z.ZodType): TextForm {
  return FORMS.get(schema) ?? { wanted: 'a value of another form', placeholder: 'VALUE' };
}

/** Makes a kind of a schema. */
export function withTextForm<S extends z.ZodType>(schema: S, form: TextForm): S {
  FORMS.add(schema, form);
  return schema;
}

/**
 * An error whose message holds nothing of the value, so that it may be printed for a secret too; completes "wanted …".
 */
export class PrintableError extends Error {
  override readonly name = 'PrintableError';
}

/** Whether what an issue says may be printed for a secret too. */
export function isPrintable(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.['printable'] === true;
}

/** Runs a function that throws where it refuses; what it says becomes the issue, or several for an AggregateError. */
export function attempt<T>(context: z.RefinementCtx, wanted: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    for (const each of error instanceof AggregateError ? (error.errors as unknown[]) : [error]) {
      const said = each instanceof Error ? each.message : '';
      context.addIssue({
        code: 'custom',
        message: said || wanted,
        params: { printable: each instanceof PrintableError },
      });
    }
    return z.NEVER;
  }
}

/** Any text, as it stands. */
export function text() {
  const wanted = 'a text';
  return withTextForm(z.string({ error: unquoted(wanted) }), { wanted, placeholder: 'TEXT' });
}

export interface SecretRules {
  /** Completes "wanted …" for a value that `check` refuses. */
  readonly wanted?: string;
  /** Throws where the value is not acceptable. What it says is printed only when it throws a `PrintableError`. */
  readonly check?: (value: string) => void;
}

/** A text that is never printed and may come from a file; not empty. The value is a `Secret`. */
export function secret({ wanted = 'a text that is not empty', check }: SecretRules = {}) {
  const schema = z
    .string({ error: unquoted(wanted) })
    .regex(/\S/, { error: wanted, abort: true })
    .transform((given, context) => {
      attempt(context, wanted, () => check?.(given));
      return new Secret(given);
    });
  const show = (value: unknown): string => redactUrl(String(value));
  return withTextForm(schema, { wanted, placeholder: 'SECRET', secret: true, show });
}

/** One of the given words; upper and lower case count. The value's type is the union of the words. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  const wanted = `one of ${words.join(', ')}`;
  const fromText = (given: string): string => given.trim();
  return withTextForm(z.enum(words, wanted), { wanted, placeholder: words.join('|'), fromText });
}

const SWITCH_WORDS = new Map(
  Object.entries({ true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false }),
);

/**
 * On or off: `--name`, `--no-name`, `--name=false`; in a variable also 1, 0, yes, no, on, off; in the file true and
 * false only.
 */
export function boolean() {
  const wanted = 'true or false';
  const schema = z.boolean({ error: ({ input }) => (input === undefined ? wanted : `${wanted}, without quotes`) });
  const fromText = (given: string): unknown => SWITCH_WORDS.get(given.trim().toLowerCase());
  return withTextForm(schema, { wanted, placeholder: 'true|false', isSwitch: true, fromText });
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** A whole number in decimal digits. */
export function integer(range: Range = {}) {
  return numeric(`an integer${between(range)}`, range, z.int, /^[+-]?\d+$/);
}

/** A decimal number, such as `0.5` or `1e-3`. */
export function number(range: Range = {}) {
  return numeric(`a number${between(range)}`, range, z.number, DECIMAL);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function numeric<S extends z.ZodNumber>(
  wanted: string,
  { min = -Infinity, max = Infinity }: Range,
  make: (params: { error: z.core.$ZodErrorMap }) => S,
  form: RegExp,
) {
  const error: z.core.$ZodErrorMap = ({ input }) => (typeof input === 'string' ? `${wanted}, without quotes` : wanted);
  const fromText = (given: string): number => (form.test(given.trim()) ? Number(given) : NaN);
  return withTextForm(make({ error }).min(min, wanted).max(max, wanted), { wanted, placeholder: 'N', fromText });
}

/**
 * Words between commas; in the file a YAML list or the same text. An empty text is the empty list, an empty word is
 * refused.
 */
export function list() {
  const wanted = 'words between commas, none of them empty';
  const words = z.union([z.string(), z.array(z.string())], 'a list of texts').transform((given) => {
    if (typeof given !== 'string') return given;
    return given.trim() === '' ? [] : given.split(',').map((word) => word.trim());
  });
  const schema = words.pipe(z.array(z.string().min(1, wanted))).readonly();
  return withTextForm(schema, { wanted, placeholder: 'A,B,…' });
}

export interface NumberListRules extends Range {
  /** Each number must be greater than the one before it, as a histogram's buckets are. */
  readonly ascending?: boolean;
  readonly whole?: boolean;
}

/** Numbers between commas, at least one; in the file a YAML list or the same text. */
export function numberList({ ascending = false, whole = false, ...range }: NumberListRules = {}) {
  const wanted = `${ascending ? 'ascending ' : ''}${whole ? 'whole ' : ''}numbers${between(range)}, with commas between them`;
  const { min = -Infinity, max = Infinity } = range;
  const numbers = z.union([z.string(), z.array(z.number())], wanted).transform((given) => {
    if (typeof given !== 'string') return given;
    return given.split(',').map((word) => (DECIMAL.test(word.trim()) ? Number(word) : NaN));
  });
  const good = (values: readonly number[]): boolean =>
    values.length > 0 &&
    values.every((value) => value >= min && value <= max && (!whole || Number.isSafeInteger(value))) &&
    (!ascending || values.every((value, index) => index === 0 || value > (values[index - 1] ?? NaN)));
  const schema = numbers.refine(good, wanted).readonly();
  return withTextForm(schema, { wanted, placeholder: 'N,N,…' });
}

/** An object: JSON text in a flag or variable, a mapping or JSON text in the file. */
export function jsonObject() {
  const wanted = 'a JSON object, such as {"name": 1}';
  const object = z.record(z.string(), z.unknown(), wanted);
  const schema = z
    .union([z.string(), object], wanted)
    .transform((given) => (typeof given === 'string' ? parsedJson(given) : given))
    .pipe(object)
    .readonly();
  return withTextForm(schema, { wanted, placeholder: 'JSON' });
}

/**
 * `name=value` as often as the flag is given, parted by white space in a variable, a mapping in the file. A value may
 * hold `=`. The same name twice: the last counts.
 */
export function pairs(wanted = 'name=value') {
  const schema = z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()], wanted), wanted)
    .transform((given) => Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])));
  const fromText = (given: string): unknown => readPairs(given.split(/\s+/).filter((word) => word !== ''));
  return withTextForm(schema.readonly(), { wanted, placeholder: 'NAME=VALUE', fromText, fromTexts: readPairs });
}

/** What each `name=value` gives; undefined where one of them is none. */
export function readPairs(texts: readonly string[]): Readonly<Record<string, string>> | undefined {
  const cut = texts.map(
    (text) => [text.slice(0, text.indexOf('=')).trim(), text.slice(text.indexOf('=') + 1)] as const,
  );
  if (texts.some((text) => !text.includes('=')) || cut.some(([name]) => name === '')) return undefined;
  return Object.fromEntries(cut);
}

/**
 * A value read by a function of the program's own. `raw` is the text of a flag or variable, or what YAML made of the
 * file's value. `parse` throws an Error whose message completes "wanted …"; for a secret it is printed only if it is a
 * `PrintableError`. An AggregateError of such is several problems.
 */
export function custom<T>(parse: (raw: unknown) => T, { wanted, placeholder }: Partial<TextForm> = {}) {
  const form = { wanted: wanted ?? 'a value of another form', placeholder: placeholder ?? 'VALUE' };
  return withTextForm(
    z.unknown().transform((raw, context) => attempt(context, form.wanted, () => parse(raw))),
    form,
  );
}

function parsedJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

/** " from 1 to 5", " of at least 1", or nothing: completes "an integer". */
export function between({ min, max }: Range, show: (value: number) => string = String): string {
  if (min !== undefined && max !== undefined) return ` from ${show(min)} to ${show(max)}`;
  if (min !== undefined) return ` of at least ${show(min)}`;
  return max === undefined ? '' : ` of at most ${show(max)}`;
}

/** Refuses what is no text; says of a number or a word such as `true` that quotes would make it one. */
function unquoted(wanted: string): z.core.$ZodErrorMap {
  return ({ input }) =>
    typeof input === 'number' || typeof input === 'boolean' ? `${wanted}: put it in quotes` : wanted;
}

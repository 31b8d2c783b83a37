// Settles one option: reads what a source gives to it, or says what is wrong with that.
import { readFailure } from './config-file.js';
import { valueAt, wantedBy } from './issues.js';
import type { Problem } from './problem.js';
import { shownKey, shownValue } from './shown.js';
import type { Given, ReadFile } from './sources.js';
import { type Mistake, mistakeOf, restBeside } from './structured.js';
import { type Entry, fileKey } from './table.js';
import { isPrintable, PrintableError } from './values.js';

export type Settled =
  | { readonly value: unknown }
  | {
      readonly problem: readonly Problem[];
      /** What could be read of a structured value all the same. */
      readonly rest?: unknown;
    };

/** With all that a source gave; the entry's key names it in problems. */
export function settle(entry: Entry, given: Given, readFile: ReadFile): Settled {
  const { key, option } = entry;
  const { form, where, value } = given;
  if (form === 'yaml') {
    const isText = option.readsTextInFile === true && typeof value === 'string';
    return accept(entry, given, isText ? asRead(option, value) : value);
  }
  if (form === 'text') return accept(entry, given, asRead(option, String(value)));
  if (form === 'texts') return settleTexts(entry, given);
  // Neither the path nor the content is shown: who mistakes `…_FILE` for the variable itself puts the secret there.
  const pathKey = given.source === 'file' ? fileKey(key) : key;
  if (typeof value !== 'string' || value === '')
    return { problem: [{ key: pathKey, where, wanted: 'the path of a file' }] };
  let text: string;
  try {
    text = readFile(value);
  } catch (error) {
    return { problem: [{ key: pathKey, where, wanted: `the path of a file that can be read: ${readFailure(error)}` }] };
  }
  const content = text.replace(/[\r\n]+$/, '');
  return accept(entry, { ...given, where: `the file named by ${where}` }, asRead(option, content));
}

function settleTexts(entry: Entry, given: Given): Settled {
  const texts = given.value as readonly string[];
  try {
    return accept(entry, { ...given, value: texts.join(' ') }, given.read?.(texts));
  } catch (error) {
    const { key, option } = entry;
    const says = error instanceof Error && (!option.secret || error instanceof PrintableError);
    const shown = !option.secret && { value: shownValue(texts.join(' ')) };
    return { problem: [{ key, where: given.where, ...shown, wanted: says ? error.message : option.wanted }] };
  }
}

function asRead({ fromText }: Entry['option'], text: string): unknown {
  return fromText ? fromText(text) : text;
}

function accept({ key, option }: Entry, { where, example, value, place }: Given, raw: unknown): Settled {
  const { data, error } = option.schema.safeParse(raw);
  if (!error) return { value: data };
  if (place && option.isStructured === true)
    return {
      problem: error.issues.map((issue) => insideOf(key, raw, mistakeOf(issue), place)),
      rest: restBeside(error.issues[0]),
    };
  const [issue] = error.issues;
  const printable = error.issues.filter(isPrintable);
  // What the program's own reader says to be printed is a list of mistakes; else one is the cause of the next.
  const issues = printable.length > 0 ? printable : issue && !option.secret ? [issue] : [];
  const said = issues.length > 0 ? issues.map(wantedBy) : [option.wanted];
  const usual = option.secret || option.fallback.required ? undefined : option.fallback.text;
  return {
    problem: said.map((wanted) => ({
      key,
      where,
      ...(!option.secret && { value: shownValue(value) }),
      wanted: wanted.length > LONGEST_REASON ? `${wanted.slice(0, LONGEST_REASON)}…` : wanted,
      ...(usual && { fix: `for example ${example(usual)}` }),
    })),
  };
}

function insideOf(
  key: string,
  raw: unknown,
  { at, wanted, fix, shows }: Mistake,
  place: NonNullable<Given['place']>,
): Problem {
  const found = valueAt(raw, at);
  return {
    key: `${key}${at.map((step) => (typeof step === 'number' ? `[${step}]` : `.${shownKey(step)}`)).join('')}`,
    where: found === undefined ? `${place(at)} (missing)` : place(at),
    ...(shows === true && found !== undefined && { value: shownValue(found) }),
    wanted,
    ...(fix !== undefined && { fix }),
  };
}

const LONGEST_REASON = 300;

// Cuts the command line into flags with their values and words, by what the table says of each flag.
import { CONFIG_FLAG, fileFlag, offFlag, type Entry, type OptionsTable } from './table.js';

/** `value` and `path` take a value; `on` may carry one after `=`; the others take none. */
export type Meaning =
  | { readonly kind: 'value' | 'path' | 'on' | 'off'; readonly entry: Entry }
  | { readonly kind: 'config' }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

export interface FlagToken {
  readonly kind: 'flag';
  /** As given, without a value: `--port`. */
  readonly name: string;
  /** Undefined for a flag that the table does not know. */
  readonly meaning: Meaning | undefined;
  readonly value: string | undefined;
}

export interface WordToken {
  readonly kind: 'word';
  readonly word: string;
  readonly index: number;
  /** False behind a flag of a secret: the word may be a part of it. */
  readonly mayShow: boolean;
}

/** All flags that a table makes, and what each means. */
export function flagMeanings(table: OptionsTable): ReadonlyMap<string, Meaning> {
  const meanings = new Map<string, Meaning>([
    [CONFIG_FLAG, { kind: 'config' }],
    ['--help', { kind: 'help' }],
    ['-h', { kind: 'help' }],
    ['--version', { kind: 'version' }],
  ]);
  for (const entry of table.entries) {
    meanings.set(entry.flag, { kind: entry.option.isSwitch ? 'on' : 'value', entry });
    if (entry.option.isSwitch) meanings.set(offFlag(entry.flag), { kind: 'off', entry });
    if (entry.option.secret) meanings.set(fileFlag(entry.flag), { kind: 'path', entry });
  }
  return meanings;
}

/**
 * The tokens of a command line, in order. A word after a flag that takes a value is that value, unless it begins with
 * `--`.
 */
export function tokensOf(meanings: ReadonlyMap<string, Meaning>, argv: readonly string[]): (FlagToken | WordToken)[] {
  const tokens: (FlagToken | WordToken)[] = [];
  let mayShow = true;
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? '';
    if (!isFlag(argument)) {
      tokens.push({ kind: 'word', word: argument, index, mayShow });
      continue;
    }
    const equals = argument.indexOf('=');
    const name = equals === -1 ? argument : argument.slice(0, equals);
    const meaning = meanings.get(name);
    let value = equals === -1 ? undefined : argument.slice(equals + 1);
    const next = argv[index + 1];
    // A word after an unknown flag belongs to it: one slip should not make two problems.
    if (value === undefined && takesValue(meaning) && next !== undefined && !next.startsWith('--')) {
      value = next;
      index++;
    }
    tokens.push({ kind: 'flag', name, meaning, value });
    mayShow = meaning !== undefined && !('entry' in meaning && meaning.entry.option.secret);
  }
  return tokens;
}

function isFlag(argument: string): boolean {
  return argument.length > 1 && argument.startsWith('-');
}

function takesValue(meaning: Meaning | undefined): boolean {
  return meaning === undefined || meaning.kind === 'value' || meaning.kind === 'path' || meaning.kind === 'config';
}

// The command line: commander splits it by what the options table says; what it could not place is judged here, so that
// all mistakes are told at once.
import { Command, Option as CommanderOption } from 'commander';
import { didYouMean } from './near-miss.js';
import type { Problem } from './problem.js';
import { shownValue } from './shown.js';
import { type Alias, CONFIG_FLAG, fileFlag, flagsOf, offFlag, type Entry, type OptionsTable } from './table.js';

/** `value` and `path` take a value; `on` may carry one after `=`; the others take none. */
export type FlagMeaning =
  | { readonly kind: 'value' | 'path' | 'on' | 'off'; readonly entry: Entry; readonly alias?: Alias }
  | { readonly kind: 'config' }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' };

/** A flag that was given. */
export interface FlagUse {
  readonly flag: string;
  readonly meaning: FlagMeaning;
  readonly value: string | undefined;
  /** Its place among the arguments. */
  readonly at: number;
}

interface Word extends Argument {
  /** False behind a flag of a secret or of nobody: the word may be a part of a secret. */
  readonly mayShow: boolean;
}

export interface CommandLine {
  readonly uses: readonly FlagUse[];
  readonly words: readonly Word[];
  readonly unknownFlags: readonly string[];
  /** All flags that there are. */
  readonly known: readonly string[];
}

/** `argv` is without the program's own path. */
export function parseCommandLine(table: OptionsTable, argv: readonly string[]): CommandLine {
  const meanings = flagMeanings(table);
  const program = new Command().helpOption(false);
  // Commander reads nothing behind `--` as a flag; here it is no flag itself, and ends nothing.
  const given = withEquals(argv, meanings).filter(({ text }) => text !== '--');
  const uses: FlagUse[] = [];
  let told = -1;
  for (const [flag, meaning] of meanings) {
    // Commander would take `-hello` for `-h` and more: what has one dash is looked at below.
    if (!flag.startsWith('--')) continue;
    const takes = takesValue(meaning) || meaning.kind === 'on';
    program.addOption(new CommanderOption(takes ? `${flag} [value]` : flag));
    program.on(`option:${flag.slice(2)}`, (value: string | null | undefined) => {
      told = given.findIndex(({ text }, position) => position > told && cut(text)[0] === flag);
      uses.push({ flag, meaning, value: value ?? undefined, at: told });
    });
  }
  const { operands, unknown } = program.parseOptions(given.map(({ text }) => text));

  const words: Word[] = [];
  const unknownFlags: string[] = argv.includes('--') ? ['--'] : [];
  let at = -1;
  let ownedByUnknown = -1;
  for (const text of [...operands, ...unknown]) {
    at = given.findIndex((each, position) => position > at && each.text === text);
    const index = given[at]?.index ?? 0;
    const [flag, value] = cut(text);
    const meaning = meanings.get(flag);
    if (!isFlag(text)) {
      if (index !== ownedByUnknown) words.push({ text, index, mayShow: mayShow(argv, index, meanings) });
    } else if (meaning) {
      uses.push({ flag, meaning, value, at });
    } else {
      unknownFlags.push(flag);
      // A word after an unknown flag belongs to it: one slip should not make two problems.
      if (value === undefined) ownedByUnknown = index + 1;
    }
  }
  uses.sort((one, other) => one.at - other.at);
  return { uses, words, unknownFlags, known: [...meanings.keys()] };
}

interface Argument {
  readonly text: string;
  /** Where it stands in `argv`. */
  readonly index: number;
}

/**
 * Flags and their values in one, since commander ends the program at a flag without its value, and takes any word after
 * a switch for the switch's. A word after a flag that takes a value is that value, unless it begins with `--`.
 */
function withEquals(argv: readonly string[], meanings: ReadonlyMap<string, FlagMeaning>): readonly Argument[] {
  const given: Argument[] = [];
  for (let index = 0; index < argv.length; index++) {
    const [text, attached] = cutShort(argv[index] ?? '', meanings);
    const meaning = meanings.get(text);
    if (attached !== undefined) {
      given.push({ text: `${text}=${attached}`, index });
      continue;
    }
    const next = argv[index + 1];
    if (meaning?.kind === 'on') given.push({ text: `${text}=true`, index });
    else if (takesValue(meaning) && next !== undefined && !next.startsWith('--'))
      given.push({ text: `${text}=${next}`, index: index++ });
    else given.push({ text, index });
  }
  return given;
}

function flagMeanings(table: OptionsTable): ReadonlyMap<string, FlagMeaning> {
  const meanings = new Map<string, FlagMeaning>([
    ['--help', { kind: 'help' }],
    ['-h', { kind: 'help' }],
    ['--version', { kind: 'version' }],
  ]);
  if (table.configVariable !== undefined) meanings.set(CONFIG_FLAG, { kind: 'config' });
  for (const entry of table.entries) {
    for (const flag of flagsOf(entry)) {
      const kind = flag === fileFlag(entry.flag) ? 'path' : flag === offFlag(entry.flag) ? 'off' : 'value';
      const alias = entry.option.about.aliases?.find((each) => each.flag === flag);
      const meant = kind === 'value' && entry.option.isSwitch === true ? 'on' : kind;
      meanings.set(flag, { kind: meant, entry, ...(alias && { alias }) });
    }
  }
  return meanings;
}

function isFlag(argument: string): boolean {
  return argument.length > 1 && argument.startsWith('-');
}

function takesValue(meaning: FlagMeaning | undefined): boolean {
  return meaning?.kind === 'value' || meaning?.kind === 'path' || meaning?.kind === 'config';
}

/** `-Qa,b` is `-Q` with its value, where there is such a short flag. */
function cutShort(argument: string, meanings: ReadonlyMap<string, FlagMeaning>): [string, string?] {
  const short = /^-[a-zA-Z](?=[^=])/.exec(argument)?.[0];
  return short !== undefined && takesValue(meanings.get(short)) ? [short, argument.slice(2)] : [argument];
}

function cut(argument: string): [string, string?] {
  const equals = argument.indexOf('=');
  return equals === -1 ? [argument] : [argument.slice(0, equals), argument.slice(equals + 1)];
}

function mayShow(argv: readonly string[], index: number, meanings: ReadonlyMap<string, FlagMeaning>): boolean {
  const flag = argv.slice(0, index).findLast(isFlag);
  if (flag === undefined) return true;
  const meaning = meanings.get(cut(flag)[0]);
  return meaning !== undefined && !('entry' in meaning && meaning.entry.option.secret);
}

export type ReadCommand<Name extends string> =
  | {
      readonly ok: true;
      readonly command: Name | 'help' | 'version';
      /** The words that the command takes. */
      readonly operands: readonly string[];
      /** The rest, for `readOptions`. */
      readonly argv: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The first words that are neither flags nor flags' values name the command: a name may be two words, as `dead list`
 * is. Without any it is the first of `names`. `--help`, `-h` and `--version` count wherever they stand. A command may
 * take words behind it: `takes` says how many at most.
 */
export function readCommand<const Name extends string>(
  argv: readonly string[],
  names: readonly [Name, ...Name[]],
  table: OptionsTable,
  takes: { readonly [Command in Name]?: number } = {},
): ReadCommand<Name> {
  const { uses, words } = parseCommandLine(table, argv);
  for (const { meaning } of uses) {
    if (meaning.kind === 'help' || meaning.kind === 'version')
      return { ok: true, command: meaning.kind, operands: [], argv: [] };
  }
  if (words.length === 0) return { ok: true, command: names[0], operands: [], argv };
  const known = [...names, 'help', 'version'] as const;
  const said = words.map(({ text }) => text).join(' ');
  const [command] = known
    .filter((name) => `${said} `.startsWith(`${name} `))
    .sort((one, other) => other.length - one.length);
  const used = command?.split(' ').length ?? 0;
  const longer = names.filter((name) => command !== undefined && name.startsWith(`${command} `));
  const next = words[used];
  if (command !== undefined && (next === undefined || longer.length === 0)) {
    const most = command === 'help' || command === 'version' ? 0 : (takes[command] ?? 0);
    const operands = words.slice(used, used + most).map(({ text }) => text);
    const indexes = words.slice(0, used + operands.length).map(({ index }) => index);
    return { ok: true, command, operands, argv: argv.filter((_, index) => !indexes.includes(index)) };
  }
  return { ok: false, problems: next ? [unknownCommand(next, command, command === undefined ? names : longer)] : [] };
}

function unknownCommand(word: Word, before: string | undefined, names: readonly string[]): Problem {
  const given = before === undefined ? word.text : `${before} ${word.text}`;
  const meant = didYouMean(given, [...names, ...(before === undefined ? ['help', 'version'] : [])]);
  return {
    key: 'command',
    where: `argument ${word.index + 1}`,
    ...(word.mayShow && meant && { value: shownValue(word.text) }),
    wanted: `one of the commands ${names.join(', ')}`,
    ...(meant && { fix: meant }),
  };
}

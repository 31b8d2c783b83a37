// Reads what the command line gives, and refuses what is no flag of the table.
import { parseCommandLine, type CommandLine, type FlagUse } from './command-line.js';
import { didYouMean } from './near-miss.js';
import type { Problem } from './problem.js';
import { shownFlag, shownValue } from './shown.js';
import type { Given, Reading } from './sources.js';
import { fileFlag, type Entry, type OptionsTable } from './table.js';

export function readFlags(table: OptionsTable, argv: readonly string[]): Reading {
  const line = parseCommandLine(table, argv);
  const given = new Map<string, Given>();
  const refused = table.ignoresUnknownFlags ? [] : line.unknownFlags;
  const problems: Problem[] = refused.map((name) => unknownFlag(name, line.known, table));
  let config: Reading['config'];

  const take = ({ flag, meaning, value }: FlagUse): Problem | undefined => {
    const where = `flag ${flag}`;
    if (meaning.kind === 'help' || meaning.kind === 'version') return undefined;
    if (meaning.kind === 'config') {
      if (config) return { key: 'config', where, wanted: 'only one configuration file', fix: 'remove all but one' };
      if (value === undefined || value === '') return { key: 'config', where, wanted: 'the path of a file after it' };
      config = { path: value, where };
      return undefined;
    }
    const { entry, kind, alias } = meaning;
    const { key, option } = entry;
    const read = alias === undefined ? (kind === 'value' ? option.fromTexts : undefined) : alias.read;
    const before = given.get(key);
    const { joinedWith } = option.about;
    const isJoined = joinedWith !== undefined && kind !== 'path' && before?.form === 'text';
    const isAdded = read === undefined ? isJoined : before?.form === 'texts' && before.where === where;
    const isReplaced = table.lastFlagCounts && kind !== 'path' && before?.form !== 'path';
    if (before && !isAdded && !isReplaced) return givenTwice(entry, where);
    if (kind === 'off' && value !== undefined) {
      const fix = `write ${flag} or ${entry.flag}=${value}`;
      return { key, where, value: shownValue(value), wanted: 'no value', fix };
    }
    const text = value ?? { on: 'true', off: 'false', value: undefined, path: undefined }[kind];
    if (text === undefined)
      return { key, where, wanted: 'a value after it', fix: `write ${flag}=${option.placeholder}` };
    if (read) {
      const value = [...(((isAdded ? before?.value : undefined) ?? []) as readonly string[]), text];
      const example = (shown: string): string => `${flag}=${shown}`;
      given.set(key, { source: 'flag', where, form: 'texts', value, read, example });
      return undefined;
    }
    given.set(key, {
      source: 'flag',
      where,
      form: kind === 'path' ? 'path' : 'text',
      value: isAdded ? [before?.value, text].join(joinedWith) : text,
      example: (shown) => `${entry.flag}=${shown}`,
    });
    return undefined;
  };

  for (const problem of [...line.uses.map(take), ...line.words.map(unexpectedWord)]) {
    if (problem) problems.push(problem);
  }
  return { given, problems, ...(config && { config }) };
}

/** The flags that the table ignores since it does not know them, each with what was perhaps meant. */
export function ignoredFlags(table: OptionsTable, argv: readonly string[]): readonly string[] {
  if (!table.ignoresUnknownFlags) return [];
  const { unknownFlags, known } = parseCommandLine(table, argv);
  return unknownFlags.map((name) => {
    const meant = /^--./.test(name) ? didYouMean(name, known) : undefined;
    return meant === undefined ? shownFlag(name) : `${shownFlag(name)} (${meant})`;
  });
}

function unknownFlag(name: string, known: readonly string[], { entries, elsewhere }: OptionsTable): Problem {
  const inFile = entries.find(({ flag }) => flag === name);
  const meant = inFile
    ? `put ${inFile.key}: into the configuration file`
    : (elsewhere(name) ?? didYouMean(name, known));
  return {
    key: shownFlag(name).replace(/^-+/, ''),
    where: `unknown flag ${shownFlag(name)}`,
    wanted: 'a flag that --help lists',
    ...(meant && { fix: meant }),
  };
}

function givenTwice(entry: Entry, where: string): Problem {
  const wanted = entry.option.secret ? `only one of ${entry.flag} and ${fileFlag(entry.flag)}, once` : 'it only once';
  return { key: entry.key, where, wanted, fix: 'remove all but one' };
}

function unexpectedWord({ text, index, mayShow }: CommandLine['words'][number]): Problem {
  const isAnswer = text === 'true' || text === 'false';
  const fix = isAnswer
    ? `write it with = behind its flag, as in --flag=${text}`
    : 'a value belongs behind its flag, as in --flag=value';
  return {
    key: 'arguments',
    where: `argument ${index + 1}`,
    ...(mayShow && isAnswer && { value: text }),
    wanted: 'a flag',
    fix,
  };
}

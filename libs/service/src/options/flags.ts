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
  const problems: Problem[] = line.unknownFlags.map((name) => unknownFlag(name, line.known, table));
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
    if (before && !(read === undefined ? isJoined : before.where === where)) return givenTwice(entry, where);
    if (kind === 'off' && value !== undefined) {
      const fix = `write ${flag} or ${entry.flag}=${value}`;
      return { key, where, value: shownValue(value), wanted: 'no value', fix };
    }
    const text = value ?? { on: 'true', off: 'false', value: undefined, path: undefined }[kind];
    if (text === undefined)
      return { key, where, wanted: 'a value after it', fix: `write ${flag}=${option.placeholder}` };
    if (read) {
      const value = [...((before?.value ?? []) as readonly string[]), text];
      const example = (shown: string): string => `${flag}=${shown}`;
      given.set(key, { source: 'flag', where, form: 'texts', value, read, example });
      return undefined;
    }
    given.set(key, {
      source: 'flag',
      where,
      form: kind === 'path' ? 'path' : 'text',
      value: before ? [before.value, text].join(joinedWith) : text,
      example: (shown) => `${entry.flag}=${shown}`,
    });
    return undefined;
  };

  for (const problem of [...line.uses.map(take), ...line.words.map(unexpectedWord)]) {
    if (problem) problems.push(problem);
  }
  return { given, problems, ...(config && { config }) };
}

function unknownFlag(name: string, known: readonly string[], { elsewhere }: OptionsTable): Problem {
  const meant = elsewhere(name) ?? didYouMean(name, known);
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

// Reads what the command line gives.
import { flagMeanings, tokensOf, type FlagToken, type WordToken } from './arguments.js';
import type { Given, Reading } from './given.js';
import { didYouMean } from './near-miss.js';
import { shownValue, type Problem } from './problem.js';
import { fileFlag, type Entry, type OptionsTable } from './table.js';

export function readFlags(table: OptionsTable, argv: readonly string[]): Reading {
  const meanings = flagMeanings(table);
  const given = new Map<string, Given>();
  const problems: Problem[] = [];
  let config: Reading['config'];

  const take = (token: FlagToken): Problem | undefined => {
    const { name, meaning, value } = token;
    const where = `flag ${name}`;
    if (!meaning || meaning.kind === 'help' || meaning.kind === 'version') return unknownFlag(name, meanings.keys());
    if (meaning.kind === 'config') {
      if (config) return { key: 'config', where, wanted: 'only one configuration file', fix: 'remove all but one' };
      if (value === undefined || value === '') return { key: 'config', where, wanted: 'the path of a file after it' };
      config = { path: value, where };
      return undefined;
    }
    const { entry, kind } = meaning;
    if (given.has(entry.key)) return givenTwice(entry, where);
    if (kind === 'off' && value !== undefined) {
      return {
        key: entry.key,
        where,
        value: shownValue(value),
        wanted: 'no value',
        fix: `write ${name} or ${entry.flag}=${value}`,
      };
    }
    const text = value ?? { on: 'true', off: 'false', value: undefined, path: undefined }[kind];
    if (text === undefined)
      return { key: entry.key, where, wanted: 'a value after it', fix: `write ${name}=${entry.option.placeholder}` };
    const form = kind === 'path' ? 'path' : 'text';
    given.set(entry.key, { source: 'flag', where, form, value: text, example: (shown) => `${entry.flag}=${shown}` });
    return undefined;
  };

  for (const token of tokensOf(meanings, argv)) {
    const problem = token.kind === 'word' ? unexpectedWord(token) : take(token);
    if (problem) problems.push(problem);
  }
  return { given, problems, ...(config && { config }) };
}

function unknownFlag(name: string, known: Iterable<string>): Problem {
  const meant = didYouMean(name, known);
  return {
    key: name.replace(/^-+/, ''),
    where: `unknown flag ${name}`,
    wanted: 'a flag that --help lists',
    ...(meant && { fix: meant }),
  };
}

function givenTwice(entry: Entry, where: string): Problem {
  const wanted = entry.option.secret ? `only one of ${entry.flag} and ${fileFlag(entry.flag)}, once` : 'it only once';
  return { key: entry.key, where, wanted, fix: 'remove all but one' };
}

function unexpectedWord({ word, index, mayShow }: WordToken): Problem {
  const isAnswer = word === 'true' || word === 'false';
  const fix = isAnswer
    ? `write it with = behind its flag, as in --flag=${word}`
    : 'a value belongs behind its flag, as in --flag=value';
  return {
    key: 'arguments',
    where: `argument ${index + 1}`,
    ...(mayShow && { value: shownValue(word) }),
    wanted: 'a flag',
    fix,
  };
}

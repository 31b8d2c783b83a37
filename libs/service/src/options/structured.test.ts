// Structured values of the configuration file: each mistake with its own key, line and cure, and no secret.
import { describe, expect, it } from '@jest/globals';
import { helpText } from './help-text.js';
import { problemsText } from './problem.js';
import { readOptions } from './read-options.js';
import { readFields, structured } from './structured.js';
import { option, options } from './table.js';
import { integer, secret, text } from './values.js';

const things = structured((raw, report) => {
  if (!Array.isArray(raw)) {
    report({ at: [], wanted: 'a list of things' });
    return [];
  }
  return raw.map((each, index) => {
    const fields = { name: text(), size: integer({ min: 1 }).optional(), password: secret().optional() };
    const read = readFields(each, fields, [index], report);
    if (read.name === 'bad') report({ at: [index, 'name'], wanted: 'another name', fix: 'think', shows: true });
    return read;
  });
}, 'a list of things');

const table = options('PROGRAM', {
  port: option(integer(), { help: 'Port.', default: 1 }),
  things: option(things, { help: 'The things.', default: [] }),
});

function read(file: string, argv: readonly string[] = [], env: Record<string, string> = {}) {
  return readOptions(table, { argv: [...argv, '--config=p.yml'], env, readFile: () => file });
}

function refusal(...given: Parameters<typeof read>): string {
  const got = read(...given);
  return got.ok ? 'accepted' : problemsText(got.problems);
}

describe('a structured value', () => {
  it('is read from the file, and says later where its parts stand', () => {
    const got = read('things:\n  - name: a\n  - name: b\n    size: 3\n');
    if (!got.ok) throw new Error(problemsText(got.problems));
    expect(got.values.things).toEqual([{ name: 'a' }, { name: 'b', size: 3 }]);
    expect(got.placeOf('things', [1, 'size'])).toBe('p.yml:4');
    expect(got.placeOf('things', [1, 'other'])).toBe('p.yml:3');
  });

  it('tells every mistake at once, each with its own key, line, value and cure', () => {
    const file = `things:
  - nam: a
    size: 0
  - name: bad
  - 7
  - name: c
    password: 12345
port: x
`;
    expect(refusal(file)).toBe(
      [
        'port: p.yml:8 is "x", wanted an integer, without quotes; for example port: 1',
        'things[0].nam: p.yml:2, wanted no such key; did you mean name?',
        'things[0].name: p.yml:2 (missing), wanted a text',
        'things[0].size: p.yml:3 is "0", wanted an integer of at least 1',
        'things[1].name: p.yml:4 is "bad", wanted another name; think',
        'things[2]: p.yml:5, wanted a mapping with the keys name, size, password',
        'things[3].password: p.yml:7, wanted a text that is not empty',
      ].join('\n'),
    );
    expect(refusal('things: 3\n')).toBe('things: p.yml:1, wanted a list of things');
  });

  it('has no flag and no variable, and who tries is told where it belongs', () => {
    expect(refusal('', ['--things=1'], { PROGRAM_THINGS: '1' })).toBe(
      [
        'things: unknown flag --things, wanted a flag that --help lists; put things: into the configuration file',
        'PROGRAM_THINGS: unknown environment variable PROGRAM_THINGS, wanted only variables that --help lists behind ' +
          'PROGRAM_; put things: into the configuration file',
      ].join('\n'),
    );
    const help = helpText(table, { program: 'p', intro: 'x', usage: {} });
    expect(help).toContain('  things: (in the configuration file only)\n      The things.\n      Default: empty\n');
    expect(help).not.toMatch(/--things|PROGRAM_THINGS/);
  });
});

// Lists of the configuration file whose elements have options of their own.
import { describe, expect, it } from '@jest/globals';
import { problemsText } from './problem.js';
import { readOptions, type ReadOptions } from './read-options.js';
import { option, options, section, withSections } from './table.js';
import { help } from './testing.js';
import { duration } from './duration.js';
import { custom, integer, PrintableError, secret, text } from './values.js';

const plain = options('APP', {
  color: option(text(), { help, default: 'red' }),
  wait: option(duration(), { help, default: '15s' }),
  port: option(integer(), { help, default: 1 }),
});

const table = withSections(plain, {
  houses: section({
    name: option(text(), { help }),
    key: option(secret(), { help }),
    floors: option(integer(), { help, default: 2 }),
    color: plain.shape.color,
    wait: plain.shape.wait,
  }),
});

function read(content: string, argv: readonly string[] = []): ReadOptions<typeof table> {
  const files: Readonly<Record<string, string>> = { 'etc/c.yml': content, 'etc/keys/a': 'of the file\n' };
  const readFile = (path: string): string => {
    const found = files[path];
    if (found === undefined) throw Object.assign(new Error(path), { code: 'ENOENT' });
    return found;
  };
  return readOptions(table, { argv: ['--config=etc/c.yml', ...argv], env: {}, readFile });
}

function houses(content: string, argv?: readonly string[]) {
  const result = read(content, argv);
  if (!result.ok) throw new Error(problemsText(result.problems));
  return result.sections.houses;
}

function problems(content: string): readonly string[] {
  const result = read(content);
  return result.ok ? [] : problemsText(result.problems).split('\n');
}

describe('a list in the file', () => {
  it('is absent where it is not there', () => {
    expect(houses('color: blue\n')).toBeUndefined();
  });

  it('gives each element its own values, else those of the table, else the defaults', () => {
    const content =
      'color: blue\nhouses:\n  - {name: a, key: k, color: green, floors: 5}\n  - name: b\n    key_file: keys/a\n';
    const [a, b] = houses(content, ['--wait=1m']) ?? [];
    expect([a, b].map((each) => ({ ...each?.values, key: each?.values.key.reveal() }))).toEqual([
      { name: 'a', key: 'k', color: 'green', floors: 5, wait: 60 },
      { name: 'b', key: 'of the file', color: 'blue', floors: 2, wait: 60 },
    ]);
    expect([b?.key, b?.where('key'), b?.where('color')]).toEqual(['houses[1]', 'etc/c.yml:5', 'etc/c.yml:4']);
  });

  it('may be written with anchors and <<, of which the own keys go before', () => {
    const content =
      'houses:\n  - &a {name: a, key: k, color: green, floors: 5}\n  - {<<: *a, name: b}\n  - {<<: [{wait: 1m}, *a], name: c}\n';
    expect(houses(content)?.map(({ values: { name, color, wait } }) => [name, color, wait])).toEqual([
      ['a', 'green', 15],
      ['b', 'green', 15],
      ['c', 'green', 60],
    ]);
  });

  it('tells all that is wrong at once, each with its element, its line and no secret', () => {
    expect(
      problems(
        'houses:\n  - nam: a\n    key: 12\n  - name: b\n    key: k\n    key_file: hunter2\n    floors: many\n  - just a text hunter2\n  - name:\n    key_file: hunter2\n    port: 3\nhouse: 1\n',
      ),
    ).toEqual([
      expect.stringMatching(/^houses\[0\]\.nam: etc\/c\.yml:2, wanted a key that .*; did you mean name\?$/),
      expect.stringMatching(/^houses\[1\]\.key: etc\/c\.yml:5 and etc\/c\.yml:6, wanted only one of key and key_file/),
      expect.stringMatching(/^houses\[2\]: etc\/c\.yml:8, wanted keys with values, such as - name: …$/),
      expect.stringMatching(/^houses\[3\]\.name: etc\/c\.yml:9, wanted a text; it has no value/),
      expect.stringMatching(
        /^houses\[3\]\.port: etc\/c\.yml:11, .*remove it: there are name, key, key_file, floors, color, wait$/,
      ),
      expect.stringMatching(/^house: etc\/c\.yml:12, .*did you mean houses\?$/),
      expect.stringMatching(/^houses\[0\]\.name: etc\/c\.yml:2 \(missing\), wanted a text$/),
      expect.stringMatching(/^houses\[0\]\.key: etc\/c\.yml:3, wanted a text that is not empty$/),
      expect.stringMatching(/^houses\[1\]\.floors: etc\/c\.yml:7 is "many", wanted an integer.*for example floors: 2$/),
      expect.stringMatching(/^houses\[3\]\.key_file: etc\/c\.yml:10, wanted the path of a file that can be read/),
    ]);
  });

  it.each(['houses: []\n', 'houses:\n', 'houses: {a: 1}\n', 'houses: hunter2\n', 'houses: *nothing\n'])(
    'is refused where it is no list of elements: %j',
    (content) => {
      expect(problems(content)).toEqual([expect.stringMatching(/^(houses|config): etc\/c\.yml:1/)]);
      expect(problems(content).join()).not.toContain('hunter2');
    },
  );

  it('that leads into itself ends', () => {
    expect(problems('houses:\n  - &a {<<: *a, name: a, key: k}\n')).toEqual([]);
    expect(problems('houses: &h\n  - *h\n')).toEqual([expect.stringMatching(/^houses\[0\]: etc\/c\.yml:2/)]);
  });

  it('has no flag and no variable', () => {
    const result = readOptions(table, {
      argv: ['--houses=x'],
      env: { APP_HOUSES: 'x' },
      readFile: () => '',
    });
    expect(result.ok ? [] : result.problems.map(({ where }) => where)).toEqual([
      'unknown flag --houses',
      'unknown environment variable APP_HOUSES',
    ]);
  });

  it('cannot bear the name of an option', () => {
    expect(() => withSections(plain, { color: section({}) })).toThrow('two options share the name color');
  });
});

describe('a value with several mistakes', () => {
  const wrong = options('APP', {
    keys: option(
      custom(() => {
        throw new AggregateError([new PrintableError('one'), new Error('hunter2'), new PrintableError('two')]);
      }),
      { help, secret: true, default: undefined },
    ),
    ids: option(numberOrNothing(), { help, joinedWith: ' ', default: undefined }),
  });
  function numberOrNothing() {
    return custom((raw) => raw);
  }
  const readWith = (argv: readonly string[]) => readOptions(wrong, { argv, env: {}, readFile: () => 'of a file' });

  it('tells each of them that may be printed', () => {
    const result = readWith(['--keys=x']);
    expect(result.ok ? '' : problemsText(result.problems)).toBe(
      'keys: flag --keys, wanted one\nkeys: flag --keys, wanted two',
    );
  });

  it('of which the flag is repeated has its texts joined', () => {
    const result = readWith(['--ids=a', '--ids', 'b=c']);
    expect(result.ok && result.values.ids).toBe('a b=c');
  });
});

describe('beside what was refused', () => {
  it('the rest can be judged: with its values and places, and defaults where nothing else is', () => {
    const content =
      'color: [x]\nwait: 1m\nhouses:\n  - {name: a, key: k, floors: many}\n  - {name: b, key: k, name: c, floors: 5}\n';
    const result = read(content, ['--port=7']);
    if (result.ok) throw new Error('nothing was refused');
    const { rest, isRefused } = result;
    expect(rest.values).toEqual({ color: 'red', wait: 60, port: 7 });
    expect(rest.sections.houses?.map(({ values: { floors, wait } }) => [floors, wait])).toEqual([
      [2, 60],
      [5, 60],
    ]);
    const keys = ['color', 'wait', 'port', 'houses[0].floors', 'houses[0].name', 'houses[1].name', 'houses[1].floors'];
    expect(keys.filter(isRefused)).toEqual(['color', 'houses[0].floors', 'houses[1].name']);
    expect([rest.placeOf('wait'), rest.placeOf('port'), rest.placeOf('houses')]).toEqual([
      'etc/c.yml:2',
      'flag --port',
      'etc/c.yml:3',
    ]);
  });
});

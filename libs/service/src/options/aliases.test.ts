// Options under another program's names: aliases, short flags, name=value as often as given, and what a mode changes.
import { describe, expect, it } from '@jest/globals';
import { readCommand } from './command-line.js';
import { ignoredFlags } from './flags.js';
import { helpText } from './help-text.js';
import { problemsText } from './problem.js';
import { peekOption, readOptions } from './read-options.js';
import { amended, option, options } from './table.js';
import { custom, integer, list, oneOf, pairs, PrintableError, readPairs, text } from './values.js';

const help = 'For the test.';
const readJoined = (words: readonly string[]): unknown => {
  const read = readPairs(words);
  if (read === undefined) throw new PrintableError('name=value');
  return read;
};
const table = options(
  'APP',
  {
    queues: option(list(), { help, default: [], moreEnv: ['CE_QUEUES'], aliases: [{ flag: '-Q' }] }),
    transport: option(
      custom((raw) => raw, { wanted: 'an object' }),
      {
        help,
        default: {},
        secret: true,
        aliases: [
          { flag: '--transport-option', read: readJoined },
          { env: 'CE_TRANSPORT', read: ([words = '']) => readJoined(words.split(/\s+/)) },
        ],
      },
    ),
    label: option(pairs(), { help, default: {} }),
    level: option(oneOf(['debug', 'info']), { help, default: 'info' }),
    name: option(text(), { help, default: undefined }),
  },
  {
    elsewhere: (name) => (name === '--buckets' || name === 'buckets' ? 'that is an option of another mode' : undefined),
  },
);

const files: Record<string, string> = {};
function read(argv: readonly string[], env: Record<string, string> = {}): unknown {
  const result = readOptions(table, { argv, env, readFile: (path) => files[path] ?? '' });
  return result.ok ? result.values : problemsText(result.problems);
}

describe('a short flag', () => {
  it.each([[['-Q', 'a,b']], [['-Qa,b']], [['-Q=a,b']], [['--queues', 'a,b']]])(
    '%j is the option that it stands for',
    (argv) => {
      expect(read(argv)).toMatchObject({ queues: ['a', 'b'] });
    },
  );

  it('keeps its value from being taken for a command', () => {
    expect(readCommand(['-Q', 'a', 'check'], ['run', 'check'], table)).toMatchObject({ ok: true, command: 'check' });
  });

  it('is refused beside the long one', () => {
    expect(read(['-Q', 'a', '--queues=b'])).toMatch(/^queues: flag .*it only once; remove all but one$/);
  });

  it('does not make flags of what else begins with one dash', () => {
    expect(read(['-Z', 'a'])).toMatch(/unknown flag -Z/);
    expect(read(['-Q'])).toBe('queues: flag -Q, wanted a value after it; write -Q=A,B,…');
  });
});

describe('name=value', () => {
  it('is collected from the flag as often as it is given, and a value may hold = and white space', () => {
    expect(read(['--label', 'env=prod', '--label=expr=a=b c'])).toMatchObject({
      label: { env: 'prod', expr: 'a=b c' },
    });
  });

  it('is parted by white space in a variable, and a mapping in the file', () => {
    expect(read([], { APP_LABEL: 'env=prod  dc=x' })).toMatchObject({ label: { env: 'prod', dc: 'x' } });
    files['c.yml'] = 'label: { env: prod, shard: 1 }';
    expect(read(['--config=c.yml'])).toMatchObject({ label: { env: 'prod', shard: '1' } });
  });

  it.each([['prod'], ['=prod'], ['']])('%j is refused', (word) => {
    expect(read(['--label', word])).toMatch(/^label: flag --label is .*wanted name=value/);
  });

  it('keeps names that an object has by itself', () => {
    expect(readPairs(['__proto__=x', 'constructor=y'])).toEqual(
      Object.fromEntries([
        ['__proto__', 'x'],
        ['constructor', 'y'],
      ]),
    );
  });
});

describe("another program's name", () => {
  it('has a way of reading of its own', () => {
    expect(read(['--transport-option', 'a=1', '--transport-option', 'b=2'])).toMatchObject({
      transport: { a: '1', b: '2' },
    });
    expect(read([], { CE_TRANSPORT: 'a=1 b=2' })).toMatchObject({ transport: { a: '1', b: '2' } });
  });

  it('is refused beside our own, and tells nothing of a secret', () => {
    expect(read(['--transport-option=a=1', '--transport={}'])).toMatch(/^transport: flag --transport, wanted only one/);
    expect(read(['--transport-option', 'hunter2'])).toBe('transport: flag --transport-option, wanted name=value');
    expect(read([], { CE_TRANSPORT: 'hunter2' })).toBe(
      'transport: environment variable CE_TRANSPORT, wanted name=value',
    );
  });

  it('counts before ours in the environment, where it has ours way of reading', () => {
    expect(read([], { CE_QUEUES: 'theirs', APP_QUEUES: 'ours' })).toMatchObject({ queues: ['theirs'] });
  });

  it('stands in the help', () => {
    const shown = helpText(table, { program: 'app', intro: 'a test.', usage: {} });
    expect(shown).toContain('--queues=A,B,…, -Q\n');
    expect(shown).toMatch(/^ {2}--transport=\S+, --transport-file=FILE/m);
    expect(shown).toContain('Environment: CE_QUEUES, APP_QUEUES\n');
    expect(shown).toContain('Environment: APP_TRANSPORT, APP_TRANSPORT_FILE, CE_TRANSPORT\n');
  });
});

describe('a name that only another mode knows', () => {
  it('is refused with a word about it, as flag and as key', () => {
    expect(read(['--buckets=1'])).toMatch(/unknown flag --buckets,.*; that is an option of another mode$/);
    files['c.yml'] = 'buckets: 1';
    expect(read(['--config=c.yml'])).toMatch(/^buckets: c.yml:1,.*; that is an option of another mode$/);
  });
});

describe('an option that a mode changes', () => {
  const level = amended(table.shape.level, { default: 'debug', fromText: (word) => word.toLowerCase() });
  const changed = options('APP', { level, other: amended(option(integer(), { help, default: 1 }), {}) });
  const of = (argv: readonly string[]): unknown => {
    const result = readOptions(changed, { argv, env: {}, readFile: () => '' });
    return result.ok ? result.values : problemsText(result.problems);
  };

  it('has its own default and its own way with texts', () => {
    expect(of([])).toEqual({ level: 'debug', other: 1 });
    expect(of(['--level=INFO'])).toEqual({ level: 'info', other: 1 });
    expect(of(['--level=LOUD'])).toMatch(/^level: flag --level is "LOUD", wanted one of debug, info/);
  });

  it('reads a text in the file as it reads that of a flag, and nothing else', () => {
    files['l.yml'] = 'level: INFO\nother: 2';
    const readFile = (path: string): string => files[path] ?? '';
    const result = readOptions(changed, { argv: ['--config=l.yml'], env: {}, readFile });
    expect(result.ok && result.values).toEqual({ level: 'info', other: 2 });
    files['l.yml'] = 'level: 7';
    expect(readOptions(changed, { argv: ['--config=l.yml'], env: {}, readFile }).ok).toBe(false);
  });

  it('cannot have a default that it would refuse', () => {
    expect(() => amended(table.shape.level, { default: 'loud' })).toThrow(/the default "loud"/);
  });
});

describe('a table of a program that is easy about its flags', () => {
  const { shape } = table;
  const easy = options('APP', shape, { lastFlagCounts: true, ignoresUnknownFlags: true });
  const of = (...argv: string[]): unknown => {
    const result = readOptions(easy, { argv, env: {}, readFile: () => '' });
    return result.ok ? result.values : problemsText(result.problems);
  };

  it('takes the last of several, in whatever order short and long ones stand', () => {
    expect(of('--name=a', '--name', 'b')).toMatchObject({ name: 'b' });
    expect(of('-Qa', '--queues=b')).toMatchObject({ queues: ['b'] });
    expect(of('--queues=a', '-Q', 'b', '--name=x')).toMatchObject({ queues: ['b'], name: 'x' });
    expect(read(['-Qa', '--queues=b'])).toMatch(/^queues: flag --queues, wanted it only once/);
  });

  it('still collects what may be given several times', () => {
    expect(of('--label=a=1', '--label=b=2')).toMatchObject({ label: { a: '1', b: '2' } });
    expect(of('--transport-option=a=1', '--transport-option=b=2')).toMatchObject({ transport: { a: '1', b: '2' } });
    expect(of('--transport-option=a=1', '--transport={}')).toMatchObject({ transport: '{}' });
  });

  it('leaves out what it does not know, and says so', () => {
    const argv = ['-A', 'app', '--nane=x', '--name=y', '--', '--unheard-of'];
    expect(of(...argv)).toMatchObject({ name: 'y' });
    expect(ignoredFlags(easy, argv)).toEqual(['--', '-A', '--nane (did you mean --name?)', '--unheard-of']);
    expect(ignoredFlags(table, argv)).toEqual([]);
    expect(of('--level=LOUD')).toMatch(/^level: flag --level is "LOUD"/);
  });
});

describe('one option, looked at before the others', () => {
  const peek = (argv: readonly string[], env: Record<string, string> = {}): unknown =>
    peekOption(table, 'name', { argv, env, readFile: (path) => files[path] ?? '' });

  it('is found in flags, variables and the file, whatever is wrong elsewhere', () => {
    files['c.yml'] = 'name: filed\nqueues: 7';
    expect(peek(['--unknown', 'x', '--name=flagged', '--level=LOUD'])).toBe('flagged');
    expect(peek(['--buckets', '1,2', '--name', 'flagged'])).toBe('flagged');
    expect(peek([], { APP_NAME: 'set' })).toBe('set');
    expect(peek(['--config=c.yml'])).toBe('filed');
  });

  it('is not there where it is given nowhere, or refused', () => {
    expect(peek([])).toBeUndefined();
    files['c.yml'] = 'name: 7';
    expect(peek(['--config=c.yml'])).toBeUndefined();
  });
});

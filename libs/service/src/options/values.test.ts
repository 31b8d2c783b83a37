// What each kind of option accepts, from text and from YAML, and what it refuses.
import { describe, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { Secret } from '../secret.js';
import { duration, showDuration } from './duration.js';
import { patterns, type Pattern } from './patterns.js';
import { option } from './table.js';
import {
  boolean,
  custom,
  integer,
  jsonObject,
  list,
  number,
  numberList,
  oneOf,
  PrintableError,
  secret,
  text,
  textFormOf,
} from './values.js';

const help = 'For the test.';

/** As the file gives it; throws what completes "wanted …". */
function fromYaml<T>(kind: z.ZodType<T>, given: unknown): T {
  const { data, error } = kind.safeParse(given);
  if (error) throw new Error(error.issues[0]?.message);
  return data;
}

/** As a flag or a variable gives it. */
function fromText<T>(kind: z.ZodType<T>, given: string): T {
  const form = textFormOf(kind);
  return fromYaml(kind, form.fromText ? form.fromText(given) : given);
}

function accepts<T>(
  kind: z.ZodType<T>,
  cases: { readonly text?: readonly [string, T][]; readonly yaml?: readonly [unknown, T][] },
): void {
  for (const [given, value] of cases.text ?? []) expect([given, fromText(kind, given)]).toEqual([given, value]);
  for (const [given, value] of cases.yaml ?? []) expect([given, fromYaml(kind, given)]).toEqual([given, value]);
}

function refuses(
  kind: z.ZodType,
  cases: { readonly text?: readonly string[]; readonly yaml?: readonly unknown[] },
  wanted: RegExp,
): void {
  for (const given of cases.text ?? []) expect(() => fromText(kind, given)).toThrow(wanted);
  for (const given of cases.yaml ?? []) expect(() => fromYaml(kind, given)).toThrow(wanted);
}

describe('a text', () => {
  it('is kept as it stands, and refuses a YAML value that is no text', () => {
    accepts(text(), {
      text: [
        [' a ', ' a '],
        ['', ''],
      ],
      yaml: [['a', 'a']],
    });
    refuses(text(), { yaml: [1, true, ['a'], {}] }, /^a text/);
    refuses(text(), { yaml: [12] }, /quotes/);
  });
});

describe('a secret', () => {
  it('is a Secret, and refuses to be empty', () => {
    const value = fromText(secret(), 'hunter2');
    expect(value).toBeInstanceOf(Secret);
    expect(value.reveal()).toBe('hunter2');
    refuses(secret(), { text: ['', '  '], yaml: ['', 12345, null] }, /a text that is not empty/);
  });

  it('asks its own check', () => {
    const check = (value: string): void => {
      if (!value.startsWith('redis://')) throw new PrintableError('a URL that begins with redis://');
    };
    refuses(secret({ check }), { text: ['http://x'] }, /begins with redis/);
  });
});

describe('an integer and a number', () => {
  it('accept what is in range', () => {
    accepts(integer({ min: 0, max: 65_535 }), {
      text: [
        ['0', 0],
        [' 9808 ', 9_808],
      ],
      yaml: [[65_535, 65_535]],
    });
    accepts(number({ min: 0 }), {
      text: [
        ['0.5', 0.5],
        ['1e-3', 0.001],
        ['.5', 0.5],
      ],
      yaml: [[2, 2]],
    });
  });

  it('refuse everything else, saying the range', () => {
    const port = integer({ min: 0, max: 65_535 });
    refuses(
      port,
      {
        text: ['', ' ', 'abc', '1.5', '1e3', '0x10', '-1', '65536', '9808tcp', 'NaN'],
        yaml: [1.5, -1, null, true, [1]],
      },
      /^an integer from 0 to 65535/,
    );
    refuses(port, { yaml: ['9808'] }, /without quotes/);
    refuses(integer(), { text: ['9007199254740993'] }, /^an integer$/);
    refuses(
      number({ min: 1 }),
      { text: ['', '0.5', 'Infinity', '1,5'], yaml: [NaN, Infinity, '2'] },
      /^a number of at least 1/,
    );
    refuses(number({ max: 1 }), { text: ['2'] }, /^a number of at most 1$/);
  });
});

describe('a switch', () => {
  it('accepts the usual words, and in YAML true and false only', () => {
    accepts(boolean(), {
      text: [
        ['true', true],
        ['FALSE', false],
        ['1', true],
        ['0', false],
        ['yes', true],
        ['off', false],
      ],
      yaml: [
        [true, true],
        [false, false],
      ],
    });
    refuses(boolean(), { text: ['', 'maybe', '2', 'constructor'], yaml: ['true', 1, null] }, /^true or false/);
  });
});

describe('a duration', () => {
  it('is shown by examples that would be taken', () => {
    const said = (rules: Parameters<typeof duration>[0]): string => textFormOf(duration(rules)).wanted;
    expect(said({})).toBe('a duration, such as 500ms, 30s, 15m, 1h30m or a number of seconds');
    expect(said({ min: 10 })).toBe('a duration of at least 10s, such as 30s, 15m, 1h30m or a number of seconds');
    expect(said({ min: '1s', max: '2m' })).toBe('a duration from 1s to 2m, such as 30s or a number of seconds');
    expect(said({ min: '2h', max: '3h' })).toBe('a duration from 2h to 3h, such as 2h');
  });

  it.each([
    ['500ms', 0.5],
    ['30s', 30],
    ['15m', 900],
    ['1h', 3_600],
    ['7d', 604_800],
    ['1h30m', 5_400],
    ['1d2h3m4s5ms', 93_784.005],
    ['1.5h', 5_400],
    ['90', 90],
    ['0.25', 0.25],
    ['0', 0],
  ])('reads %s as %d seconds', (given, seconds) => {
    accepts(duration(), {
      text: [[given, seconds]],
      yaml: [
        [given, seconds],
        [seconds, seconds],
      ],
    });
  });

  it('refuses what is none, and what is out of range', () => {
    refuses(
      duration(),
      {
        text: ['', '-1s', '-1', '1w', '30m1h', '1h1h', '5 m', 'm', 'soon', '1e3'],
        yaml: [-1, NaN, null, true, ['1s']],
      },
      /^a duration, such as/,
    );
    refuses(
      duration({ min: '1s', max: '1h' }),
      { text: ['999ms', '61m'], yaml: [0, 3_601] },
      /^a duration from 1s to 1h, such as/,
    );
  });

  it('is shown as people write it', () => {
    expect([0, 0.5, 90, 5_400, 604_800].map(showDuration)).toEqual(['0s', '500ms', '1m30s', '1h30m', '7d']);
  });
});

describe('lists', () => {
  it('are words between commas or a YAML list', () => {
    accepts<readonly string[]>(list(), {
      text: [
        ['a, b', ['a', 'b']],
        ['', []],
      ],
      yaml: [
        [
          ['a', 'b'],
          ['a', 'b'],
        ],
        ['a,b', ['a', 'b']],
        [[], []],
      ],
    });
    refuses(list(), { text: ['a,,b', ','], yaml: [['']] }, /none of them empty/);
    refuses(list(), { yaml: [[1], { a: 1 }, 5] }, /^a list of texts/);
  });

  it('of numbers can be asked to ascend', () => {
    const buckets = numberList({ ascending: true, min: 0 });
    accepts<readonly number[]>(buckets, {
      text: [['0.1, 1,10', [0.1, 1, 10]]],
      yaml: [
        [
          [1, 2],
          [1, 2],
        ],
        ['1,2', [1, 2]],
      ],
    });
    refuses(
      buckets,
      { text: ['', '1,1', '2,1', '1,x', '-1,2', '1,,2'], yaml: [[], [2, 1], ['1'], 5, null] },
      /^ascending numbers of at least 0, with commas/,
    );
  });
});

describe('one of several words', () => {
  it('accepts these words only', () => {
    const level = oneOf(['debug', 'info']);
    accepts(level, { text: [['debug', 'debug']], yaml: [['info', 'info']] });
    refuses(level, { text: ['', 'Debug', 'warn'], yaml: [1, null] }, /^one of debug, info$/);
  });
});

describe('a JSON object', () => {
  it('is JSON text, or in YAML also a mapping', () => {
    const steps = { priority_steps: [0, 3, 6, 9] };
    accepts<object>(jsonObject(), {
      text: [['{"priority_steps": [0, 3, 6, 9]}', steps]],
      yaml: [
        [steps, steps],
        ['{"priority_steps":[0,3,6,9]}', steps],
      ],
    });
    refuses(jsonObject(), { text: ['', '[1]', 'null', '1', '{a:1}'], yaml: [[1], null, 1, 'x'] }, /^a JSON object/);
  });
});

describe('patterns', () => {
  const chosen = (given: string, names: readonly string[]): readonly string[] => {
    const read: readonly Pattern[] = fromText(patterns(), given);
    return names.filter((name) => read.some((pattern) => pattern.test(name)));
  };

  it.each([
    ['tasks.*', ['tasks.add', 'tasks.'], ['other.tasks.add', 'tasksXadd', 'tasks']],
    ['task?', ['task1', 'task😀'], ['task', 'task12']],
    ['*add*', ['add', 'tasks.add.now', 'a\nadd'], ['ad', '']],
    ['a*b*c', ['abc', 'aXbXbXc'], ['ab', 'abcX', 'acb']],
    ['exact', ['exact'], ['exactly', 'Exact']],
    ['[a]+(b)', ['[a]+(b)'], ['ab']],
    ['/^celery\\./', ['celery.backend_cleanup'], ['my.celery.x']],
    ['/ADD/i', ['tasks.add'], ['sub']],
    ['/^a{1,2}$/, b*', ['a', 'aa', 'bx'], ['aaa', ',2}$/']],
    ['/a/,/b/', ['xa', 'xb'], ['c']],
    ['', [], ['', 'a']],
  ])('%s chooses the right names', (given, matching, others) => {
    expect(chosen(given, [...matching, ...others])).toEqual(matching);
  });

  it('keep what was written', () => {
    expect(fromYaml(patterns(), ['a*', '/b,c/']).map(({ source }) => source)).toEqual(['a*', '/b,c/']);
  });

  it('refuse a bad regular expression, saying why', () => {
    refuses(
      patterns(),
      { text: ['/(/', 'a,/[/'], yaml: [['/(/']] },
      /a correct regular expression.*(Unterminated|missing)/,
    );
    refuses(patterns(), { text: ['/open', '/'] }, /between slashes/);
    refuses(patterns(), { text: ['/a/g'] }, /no other flags/);
    refuses(patterns(), { text: ['a,,b', 'a,'], yaml: [['']] }, /not empty/);
    refuses(patterns(), { yaml: [[1], { a: 1 }, null] }, /^glob patterns/);
  });

  it('answer soon whatever the name is', () => {
    expect(chosen('*a*a*a*a*a*a*a*a*b', ['a'.repeat(5_000)])).toEqual([]);
  });
});

describe('an option of the program itself', () => {
  it('is what its parser makes of text or YAML', () => {
    const pair = custom((raw) => {
      if (typeof raw !== 'string' || !raw.includes(':')) throw new Error('a pair with a colon');
      return raw.split(':');
    });
    accepts(pair, { text: [['a:b', ['a', 'b']]], yaml: [['c:d', ['c', 'd']]] });
    refuses(pair, { text: ['a'], yaml: [1] }, /^a pair with a colon$/);
  });
});

describe('a default that the option itself would refuse', () => {
  it('is a mistake of the program, found when the table is built', () => {
    expect(() => option(integer({ min: 1 }), { help, default: 0 })).toThrow('of at least 1');
    expect(() => option(duration(), { help, default: 'soon' })).toThrow('a duration');
    expect(() => option(patterns(), { help, default: ['/(/'] })).toThrow('regular expression');
    expect(() => option(secret(), { help, default: '' })).toThrow('not empty');
  });
});

describe('a declaration', () => {
  it('does not compile with a mistyped setting, a default of the wrong type, or a word that is not offered', () => {
    // @ts-expect-error a mistyped setting
    integer({ mni: 1 });
    // @ts-expect-error a default of the wrong type
    expect(() => option(integer(), { help, default: '1' })).toThrow();
    // @ts-expect-error not one of the words
    expect(() => option(oneOf(['a']), { help, default: 'b' })).toThrow();
  });
});

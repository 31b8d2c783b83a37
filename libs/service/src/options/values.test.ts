// What each kind of option accepts, from text and from YAML, and what it refuses.
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../secret.js';
import { duration, showDuration } from './duration.js';
import { integer, number, numberList } from './numbers.js';
import { Refusal, type Option } from './option.js';
import { patterns, type Pattern } from './patterns.js';
import { custom, jsonObject } from './structured.js';
import { boolean, list, oneOf, secret, text } from './texts.js';

const help = 'For the test.';

function accepts<T>(
  option: Option<T>,
  cases: { readonly text?: readonly [string, T][]; readonly yaml?: readonly [unknown, T][] },
): void {
  for (const [given, value] of cases.text ?? []) expect([given, option.fromText(given)]).toEqual([given, value]);
  for (const [given, value] of cases.yaml ?? []) expect([given, option.fromYaml(given)]).toEqual([given, value]);
}

function refuses(
  option: Option<unknown>,
  cases: { readonly text?: readonly string[]; readonly yaml?: readonly unknown[] },
  wanted: RegExp,
): void {
  for (const given of cases.text ?? []) expect(() => option.fromText(given)).toThrow(wanted);
  for (const given of cases.yaml ?? []) expect(() => option.fromYaml(given)).toThrow(wanted);
}

describe('a text', () => {
  it('is kept as it stands, and refuses a YAML value that is no text', () => {
    accepts(text({ help }), {
      text: [
        [' a ', ' a '],
        ['', ''],
      ],
      yaml: [['a', 'a']],
    });
    refuses(text({ help }), { yaml: [1, true, ['a'], {}] }, /^a text/);
    refuses(text({ help }), { yaml: [12] }, /quotes/);
  });
});

describe('a secret', () => {
  it('is a Secret, and refuses to be empty', () => {
    const value = secret({ help }).fromText('hunter2');
    expect(value).toBeInstanceOf(Secret);
    expect(value.reveal()).toBe('hunter2');
    refuses(secret({ help }), { text: ['', '  '], yaml: ['', 12345, null] }, /a text that is not empty/);
  });

  it('asks its own check', () => {
    const check = (value: string): void => {
      if (!value.startsWith('redis://')) throw new Refusal('a URL that begins with redis://');
    };
    refuses(secret({ help, check }), { text: ['http://x'] }, /begins with redis/);
  });
});

describe('an integer and a number', () => {
  it('accept what is in range', () => {
    accepts(integer({ help, min: 0, max: 65_535 }), {
      text: [
        ['0', 0],
        [' 9808 ', 9_808],
      ],
      yaml: [[65_535, 65_535]],
    });
    accepts(number({ help, min: 0 }), {
      text: [
        ['0.5', 0.5],
        ['1e-3', 0.001],
        ['.5', 0.5],
      ],
      yaml: [[2, 2]],
    });
  });

  it('refuse everything else, saying the range', () => {
    const port = integer({ help, min: 0, max: 65_535 });
    refuses(
      port,
      {
        text: ['', ' ', 'abc', '1.5', '1e3', '0x10', '-1', '65536', '9808tcp', 'NaN'],
        yaml: [1.5, -1, null, true, [1]],
      },
      /^an integer from 0 to 65535/,
    );
    refuses(port, { yaml: ['9808'] }, /without quotes/);
    refuses(integer({ help }), { text: ['9007199254740993'] }, /^an integer$/);
    refuses(
      number({ help, min: 1 }),
      { text: ['', '0.5', 'Infinity', '1,5'], yaml: [NaN, Infinity, '2'] },
      /^a number of at least 1/,
    );
    refuses(number({ help, max: 1 }), { text: ['2'] }, /^a number of at most 1$/);
  });
});

describe('a switch', () => {
  it('accepts the usual words, and in YAML true and false only', () => {
    accepts(boolean({ help }), {
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
    refuses(boolean({ help }), { text: ['', 'maybe', '2', 'constructor'], yaml: ['true', 1, null] }, /^true or false/);
  });
});

describe('a duration', () => {
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
    accepts(duration({ help }), {
      text: [[given, seconds]],
      yaml: [
        [given, seconds],
        [seconds, seconds],
      ],
    });
  });

  it('refuses what is none, and what is out of range', () => {
    refuses(
      duration({ help }),
      {
        text: ['', '-1s', '-1', '1w', '30m1h', '1h1h', '5 m', 'm', 'soon', '1e3'],
        yaml: [-1, NaN, null, true, ['1s']],
      },
      /^a duration, such as/,
    );
    refuses(
      duration({ help, min: '1s', max: '1h' }),
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
    accepts<readonly string[]>(list({ help }), {
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
    refuses(list({ help }), { text: ['a,,b', ','], yaml: [['']] }, /none of them empty/);
    refuses(list({ help }), { yaml: [[1], { a: 1 }, 5] }, /^a list of texts/);
  });

  it('of numbers can be asked to ascend', () => {
    const buckets = numberList({ help, ascending: true, min: 0 });
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
    const level = oneOf(['debug', 'info'], { help, default: 'info' });
    accepts(level, { text: [['debug', 'debug']], yaml: [['info', 'info']] });
    refuses(level, { text: ['', 'Debug', 'warn'], yaml: [1, null] }, /^one of debug, info$/);
  });
});

describe('a JSON object', () => {
  it('is JSON text, or in YAML also a mapping', () => {
    const steps = { priority_steps: [0, 3, 6, 9] };
    accepts<object>(jsonObject({ help }), {
      text: [['{"priority_steps": [0, 3, 6, 9]}', steps]],
      yaml: [
        [steps, steps],
        ['{"priority_steps":[0,3,6,9]}', steps],
      ],
    });
    refuses(
      jsonObject({ help }),
      { text: ['', '[1]', 'null', '1', '{a:1}'], yaml: [[1], null, 1, 'x'] },
      /^a JSON object/,
    );
  });
});

describe('patterns', () => {
  const chosen = (given: string, names: readonly string[]): readonly string[] => {
    const read: readonly Pattern[] = patterns({ help }).fromText(given);
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
    expect(
      patterns({ help })
        .fromYaml(['a*', '/b,c/'])
        .map(({ source }) => source),
    ).toEqual(['a*', '/b,c/']);
  });

  it('refuse a bad regular expression, saying why', () => {
    refuses(
      patterns({ help }),
      { text: ['/(/', 'a,/[/'], yaml: [['/(/']] },
      /a correct regular expression.*(Unterminated|missing)/,
    );
    refuses(patterns({ help }), { text: ['/open', '/'] }, /between slashes/);
    refuses(patterns({ help }), { text: ['/a/g'] }, /no other flags/);
    refuses(patterns({ help }), { text: ['a,,b', 'a,'], yaml: [['']] }, /not empty/);
    refuses(patterns({ help }), { yaml: [[1], { a: 1 }, null] }, /^glob patterns/);
  });

  it('answer soon whatever the name is', () => {
    expect(chosen('*a*a*a*a*a*a*a*a*b', ['a'.repeat(5_000)])).toEqual([]);
  });
});

describe('an option of the program itself', () => {
  it('is what its parser makes of text or YAML', () => {
    const pair = custom(
      (raw) => {
        if (typeof raw !== 'string' || !raw.includes(':')) throw new Error('a pair with a colon');
        return raw.split(':');
      },
      { help },
    );
    accepts(pair, { text: [['a:b', ['a', 'b']]], yaml: [['c:d', ['c', 'd']]] });
    refuses(pair, { text: ['a'], yaml: [1] }, /^a pair with a colon$/);
  });
});

describe('a default that the option itself would refuse', () => {
  it('is a mistake of the program, found when the table is built', () => {
    expect(() => integer({ help, min: 1, default: 0 })).toThrow('of at least 1');
    expect(() => duration({ help, default: 'soon' })).toThrow('a duration');
    expect(() => patterns({ help, default: ['/(/'] })).toThrow('regular expression');
    expect(() => secret({ help, default: '' })).toThrow('not empty');
  });
});

describe('a declaration', () => {
  it('does not compile with a mistyped setting, a default of the wrong type, or a word that is not offered', () => {
    // @ts-expect-error a mistyped setting
    integer({ help, mni: 1 });
    // @ts-expect-error a default of the wrong type
    expect(() => integer({ help, default: '1' })).toThrow();
    // @ts-expect-error not one of the words
    expect(() => oneOf(['a'], { help, default: 'b' })).toThrow();
  });
});

// Exception classes: one bare class name for each failure, whichever of the two texts holds it, and never anything
// else.
import { describe, expect, it } from '@jest/globals';
import { EnvelopeReader } from './envelope.js';
import type { Message } from './message.js';
import { exceptionClass, unregisteredName } from './exception-class.js';
import { collect, delivered, published } from './testing-captures.js';
import type { TaskFailed } from './event.js';

const FRAMES =
  'Traceback (most recent call last):\n  File "/srv/app/tasks.py", line 3, in run\n    return self.call(*args)\n           ^^^^^^^^^^^^^^^^\n  File "/srv/app/tasks.py", line 9, in call\n';
const WRAPPED = 'ExceptionWithTraceback()';

function failures(file: string): readonly TaskFailed[] {
  const messages = file.startsWith('amqp')
    ? delivered(file)
        .filter(({ exchange }) => exchange === 'celeryev')
        .map(({ message }) => message)
    : published(file)
        .filter(({ channel }) => channel.includes('celeryev'))
        .map(({ payload }) => new EnvelopeReader().read(payload) as Message);
  return messages.flatMap((message) =>
    collect(message).tasks.filter((event): event is TaskFailed => event.type === 'task-failed'),
  );
}

function classes(file: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const event of failures(file)) {
    const name = exceptionClass(event.exception, event.traceback);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('exceptionClass', () => {
  const scenario = {
    ValueError: 1,
    SoftTimeLimitExceeded: 1,
    WorkerLostError: 1,
    NotRegistered: 1,
    TimeLimitExceeded: 1,
    ConnectionError: 1,
    RuntimeError: 1,
  };
  it.each([
    ['redis-4.4.7-prefork.jsonl', scenario],
    ['redis-5.2.6-prefork.jsonl', scenario],
    ['redis-5.6.3-prefork.jsonl', scenario],
    ['amqp-5.6.3-prefork-rmq3.10.jsonl', scenario],
    ['amqp-5.6.3-prefork-rmq4.0.jsonl', scenario],
    ['redis-5.6.3-solo.jsonl', { ValueError: 1, NotRegistered: 1, ConnectionError: 1, RuntimeError: 1 }],
    ['redis-5.6.3-threads.jsonl', { ValueError: 1 }],
    ['redis-5.6.3-gevent.jsonl', { ValueError: 1 }],
    ['redis-opt-gkp.jsonl', { ValueError: 1 }],
  ])('is the true class of every failure in %s', (file, expected) => {
    expect(classes(file)).toEqual(expected);
  });

  it.each([
    ["ValueError('no')", 'ValueError'],
    ['ValueError()', 'ValueError'],
    ["KeyError('a: b(c)')", 'KeyError'],
    ["kombu.exceptions.OperationalError('x')", 'OperationalError'],
    ["proj.tasks.run.<locals>.Oops('x')", 'Oops'],
    ["_Private('x')", '_Private'],
    ["HTTP2Error('x')", 'HTTP2Error'],
    ["Fehlerö('x')", 'Fehlerö'],
    ["错误('x')", '错误'],
    ["त्रुटि('x')", 'त्रुटि'],
    ["ValueError('two\\nlines')", 'ValueError'],
    ["ValueError('two\nreal lines')", 'ValueError'],
    ['TimeLimitExceeded(1.5)', 'TimeLimitExceeded'],
    ["ExceptionGroup('many', [ValueError('a')])", 'ExceptionGroup'],
    ['<Oops: it broke>', 'Oops'],
    ['<proj.Oops: it broke>', 'Oops'],
    ["<Oops('x')>", 'Oops'],
    ['Oops', 'Oops'],
    ['Oops: it broke', 'Oops'],
    ["<ExceptionInfo: ValueError('x')>", 'ExceptionInfo'],
  ])('reads %j without a traceback as %j', (exception, expected) => {
    expect(exceptionClass(exception, '')).toBe(expected);
  });

  it.each([
    '',
    ' ',
    'None',
    '<',
    '<>',
    '()',
    "('x')",
    "'text'",
    '"text"',
    '7',
    '7Error()',
    '-x',
    '.',
    'a..b()',
    '.a()',
    'a.()',
    'all is lost',
    'Error 404(x)',
    '{"a": 1}',
    '[ValueError()]',
    '\n',
    '\u0000',
    '\ud800',
    '💥()',
    'Value Error()',
    '<HTTPError 404: Not Found>',
    "<class 'ValueError'>",
    ' ValueError()',
    '<locals>',
    '<lambda>.x',
    'a-b()',
    'é́ x',
  ])('knows no class in %j', (exception) => {
    expect(exceptionClass(exception, '')).toBe('unknown');
  });

  const tracebacks: Readonly<Record<string, readonly [traceback: string, expected: string]>> = {
    'a message': [
      `${FRAMES}    raise X\nbilliard.exceptions.WorkerLostError: Worker exited prematurely: signal 9 (SIGKILL) Job: 38.\n`,
      'WorkerLostError',
    ],
    'no message': [`${FRAMES}    raise ValueError\nValueError\n`, 'ValueError'],
    'no line break at the end': [`${FRAMES}    raise X\nValueError: x`, 'ValueError'],
    'a message of many lines': [`${FRAMES}    raise X\nproj.Oops: first\nSecond: line\n\nThird\n`, 'Oops'],
    'a note': [`${FRAMES}    raise X\nValueError: m\na note: here\n`, 'ValueError'],
    'carets as Python 3.11 draws them': [`${FRAMES}    {}['k']\n    ~~^^^^^\nKeyError: 'k'\n`, 'KeyError'],
    'a repeated line': [
      `${FRAMES}    f()\n  [Previous line repeated 994 more times]\nRecursionError: maximum recursion depth exceeded\n`,
      'RecursionError',
    ],
    'the place of a syntax error': [
      `${FRAMES}    eval(x)\n  File "<string>", line 1\n    x =\n      ^\nSyntaxError: invalid syntax\n`,
      'SyntaxError',
    ],
    'a class inside of a class': [`${FRAMES}    raise X\nproj.Outer.Inner: q\n`, 'Inner'],
    'a class inside of a function': [`${FRAMES}    raise X\nproj.run.<locals>.Oops: q\n`, 'Oops'],
    'an exception during another': [
      `${FRAMES}    x\nKeyError: 'k'\n\nDuring handling of the above exception, another exception occurred:\n\n${FRAMES}    raise X\nValueError: while\nhandling\n`,
      'ValueError',
    ],
    'an exception because of another': [
      `${FRAMES}    x\nKeyError: 'k'\n\nThe above exception was the direct cause of the following exception:\n\n${FRAMES}    raise X\nRuntimeError: because\n`,
      'RuntimeError',
    ],
    'a chain of both kinds': [
      `${FRAMES}    x\nA: 1\n\nThe above exception was the direct cause of the following exception:\n\n${FRAMES}    x\nB: 2\n\nDuring handling of the above exception, another exception occurred:\n\n${FRAMES}    x\nC: 3\n`,
      'C',
    ],
    'a traceback in its message': [
      `${FRAMES}    raise X\nproj.RemoteFailed: it said:\nTraceback (most recent call last):\n  File "x.py", line 1, in f\nKeyError: inner\n`,
      'RemoteFailed',
    ],
    'the traceback of a child process before it': [
      `billiard.pool.RemoteTraceback: \n"""\n${FRAMES}    x\nKeyError: 'k'\n"""\n\nThe above exception was the direct cause of the following exception:\n\n${FRAMES}    raise X\nproj.Oops: x\n`,
      'Oops',
    ],
    'an exception group': [
      '  + Exception Group Traceback (most recent call last):\n  |   File "/tmp/tb.py", line 3, in show\n  |     try: f()\n  |          ^^^\n  | ExceptionGroup: many (2 sub-exceptions)\n  +-+---------------- 1 ----------------\n    | ValueError: a\n',
      'ExceptionGroup',
    ],
    'nothing but the class': ['ValueError: x', 'ValueError'],
    'no frames': ['Traceback (most recent call last):\nValueError: x\n', 'ValueError'],
    'a message alone': [`${FRAMES}    raise X\nall is lost\n`, 'ExceptionWithTraceback'],
    nothing: ['', 'ExceptionWithTraceback'],
    'frames alone': [FRAMES, 'ExceptionWithTraceback'],
  };
  for (const [what, [traceback, expected]] of Object.entries(tracebacks)) {
    it(`behind billiard's wrapper, is ${expected} for a traceback with ${what}`, () => {
      expect(exceptionClass(WRAPPED, traceback)).toBe(expected);
    });
  }

  it('believes a repr that looks like a call, and the traceback before any other', () => {
    const traceback = `${FRAMES}    raise X\nproj.ApiError: x\n`;
    expect(exceptionClass("ValueError('x')", traceback)).toBe('ValueError');
    for (const exception of [
      'Error: not found',
      '<ApiError: x>',
      "<ExceptionInfo: ApiError('x')>",
      'order_98765',
      'None',
      '',
      'all is lost',
    ])
      expect(exceptionClass(exception, traceback)).toBe('ApiError');
  });

  it('is never longer than 100 characters', () => {
    expect(exceptionClass(`${'E'.repeat(500)}()`, '')).toBe('E'.repeat(100));
    expect(exceptionClass(WRAPPED, `${FRAMES}${'E'.repeat(500)}: x`)).toBe('E'.repeat(100));
  });

  const huge: Readonly<Record<string, string>> = {
    'one letter': 'a',
    dots: 'a.',
    'dots and letters beyond ASCII': 'é.',
    brackets: '(',
    'line breaks': '\n',
    lines: 'x\n',
    frames: '  File "x"\n',
    titles: 'Traceback (most recent call last):\n',
    locals: '<locals>.',
    links: '\n\nDuring handling of the above exception, another exception occurred:\n\n',
    margins: '  | ',
    spaces: ' ',
  };
  for (const [what, unit] of Object.entries(huge)) {
    it(`ends soon, and without an error, with 12 MB of ${what}`, () => {
      const text = unit.repeat(12e6 / unit.length);
      const start = performance.now();
      for (const [exception, traceback] of [
        [text, ''],
        ['', text],
        [WRAPPED, text],
        [text, text],
        [`${text}!`, `${text}!`],
      ] as const) {
        expect(exceptionClass(exception, traceback).length).toBeLessThanOrEqual(100);
        unregisteredName(`NotRegistered('${exception}')`);
      }
      expect(performance.now() - start).toBeLessThan(4000);
    });
  }
});

describe('unregisteredName', () => {
  it.each([
    ["NotRegistered('proj.tasks.gone')", 'proj.tasks.gone'],
    ['NotRegistered("it\'s")', "it's"],
    ["NotRegistered('a b\nc')", 'a b\nc'],
    [`NotRegistered('${'x'.repeat(512)}')`, 'x'.repeat(512)],
    ['NotRegistered()', undefined],
    ["NotRegistered('')", undefined],
    ['NotRegistered(\'a")', undefined],
    ["KeyError('a')", undefined],
    ["xNotRegistered('a')", undefined],
    ["NotRegistered('a') ", undefined],
    [`NotRegistered('${'x'.repeat(513)}')`, undefined],
    ['', undefined],
  ])('is told by NotRegistered and nothing else (%#)', (exception, name) => {
    expect(unregisteredName(exception)).toBe(name);
  });

  it('is told by the captures', () => {
    expect(
      failures('redis-5.6.3-prefork.jsonl')
        .map(({ exception }) => unregisteredName(exception))
        .filter((name) => name !== undefined),
    ).toEqual(['facts.unknown_task']);
  });
});

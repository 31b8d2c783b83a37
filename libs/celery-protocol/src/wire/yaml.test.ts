// YAML: PyYAML's reading of PyYAML's writing, and no text that stalls, unfolds or overflows.
import { describe, expect, it } from '@jest/globals';
import { decodeBody } from './body.js';
import { Refusal } from './refusal.js';
import { LIMITS, yamlLimits } from './limits.js';
import { parseYaml } from './yaml.js';

describe('parseYaml', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    ['-12', -12],
    ['0.5', 0.5],
    ['1795451526.4392588', 1795451526.4392588],
    ['1.0e-07', 1e-7],
    ['1.0e+300', 1e300],
    ['.inf', Infinity],
    ['-.inf', -Infinity],
    ['.nan', NaN],
    ['true', true],
    ['false', false],
    ['null', null],
    ['~', null],
    ['', null],
    ["'1'", '1'],
    ['"\\U0001F600\\n"', '😀\n'],
    ["'it''s'", "it's"],
    // Text to PyYAML, numbers to YAML 1.2.
    ['12e3', '12e3'],
    ['1.5e3', '1.5e3'],
    ['0o17', '0o17'],
    ['08', '08'],
    ['-007', '-007'],
    ['2026-01-02', '2026-01-02'],
    ['yes', 'yes'],
    ['a: [1, {b: c}]', { a: [1, { b: 'c' }] }],
    ['- a\n- - b\n  - c', ['a', ['b', 'c']]],
    ['1: x', { 1: 'x' }],
    ['null: x', { null: 'x' }],
    ['"a b\\\n  \\ c"', 'a b c'],
    ['|\n  a\n  b\n', 'a\nb\n'],
  ])('reads %j', (text, value) => {
    expect(parseYaml(text)).toEqual(value);
  });

  it('takes the last of two equal keys, as PyYAML does', () => {
    expect(parseYaml('a: 1\nb: 2\na: 3')).toEqual({ a: 3, b: 2 });
  });

  it('follows aliases, the last anchor of a name first', () => {
    expect(parseYaml('- &a {x: 1}\n- *a\n- &a 2\n- *a\n- {*a : y}')).toEqual([{ x: 1 }, { x: 1 }, 2, 2, { 2: 'y' }]);
  });

  it.each([
    '[',
    '{a',
    '- [1, 2',
    '"open',
    "'open",
    '}',
    'a: b: c',
    '%YAML',
    '@x',
    '*nothing',
    '&a [*a]',
    '&a {b: *a}',
    'a\n---\nb',
    '[a]: b',
    '{{a: b}: c}',
    '? [a]\n: b',
    'a: |\n b\nc',
    '\tx: y',
  ])('refuses %j instead of guessing', (text) => {
    expect(() => parseYaml(text)).toThrow();
  });

  it('never makes an event out of one that was cut off', () => {
    const whole = [
      { type: 'task-started', uuid: 'u1' },
      { type: 'task-started', uuid: 'u2' },
    ];
    const text = whole.map((event) => `- {type: "${event.type}", uuid: ${event.uuid}}\n`).join('');
    let refused = 0;
    for (let length = 1; length < text.length; length++) {
      const value = decodeBody(Buffer.from(text.slice(0, length)), 'application/x-yaml');
      if (value instanceof Refusal) refused++;
      else for (const item of value as unknown[]) expect([null, ...whole]).toContainEqual(item);
    }
    expect(refused).toBeGreaterThan(text.length - 10);
  });

  it('does not let a key reach the prototype', () => {
    const value = parseYaml('__proto__: {polluted: 1}\nconstructor: {prototype: {polluted: 1}}') as object;
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('gives no Date, no bytes and no class for a tag', () => {
    expect(parseYaml('!!timestamp 2026-01-02')).toBe('2026-01-02');
    expect(parseYaml('!!binary aGk=')).toBe('aGk=');
    expect(parseYaml('!!python/object/apply:os.system [ls]')).toEqual(['ls']);
    expect(parseYaml('!!set {a, b}')).toEqual({ a: null, b: null });
    expect(parseYaml('!!omap [a: 1]')).toEqual([{ a: 1 }]);
    expect(parseYaml('%YAML 1.1\n---\na: {<<: {b: 1}}\nd: 2026-01-02\n')).toEqual({
      a: { '<<': { b: 1 } },
      d: '2026-01-02',
    });
  });

  it('keeps a bomb of aliases as small as its text', () => {
    const levels = Array.from(
      { length: 30 },
      (_, i) =>
        `a${String(i)}: &a${String(i)} [${Array.from({ length: 9 }, () => (i === 0 ? '1' : `*a${String(i - 1)}`)).join(', ')}]`,
    );
    const value = parseYaml(levels.join('\n')) as Record<string, unknown[]>;
    expect(value['a29']?.[0]).toBe(value['a28']);
  });

  const deep: Readonly<Record<string, string>> = {
    'lists in lists': '- ',
    'lists in brackets': '[',
    'maps in braces': '{a: ',
    'keys that are maps': '? ',
    'maps on one line': 'a: ',
    'maps in lists': '[{',
    'keys in braces': '{? ',
  };
  for (const [what, unit] of Object.entries(deep)) {
    it(`refuses ${what} without end, at any depth, at once`, () => {
      const start = performance.now();
      for (const times of [300, 5_000, 300_000]) expect(() => parseYaml(unit.repeat(times))).toThrow();
      expect(performance.now() - start).toBeLessThan(1000);
    });
  }

  it('refuses maps that are indented without end', () => {
    expect(() => parseYaml(Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:\n`).join(''))).toThrow('deeply');
    expect(parseYaml(Array.from({ length: 50 }, (_, i) => `${'  '.repeat(i)}a:\n`).join(''))).toHaveProperty(
      'a.a.a.a.a',
    );
  });

  const wide: Readonly<Record<string, (i: number) => string>> = {
    'different keys': (i) => `k${String(i)}: 1\n`,
    'the same key': () => 'a: 1\n',
    'a list': () => '- 1\n',
    'anchors and aliases': (i) => `- &k${String(i)} 1\n- *k${String(i)}\n`,
    'closing braces': () => '}\n',
    documents: () => '---\n',
    comments: () => '# \n',
    'percent signs': () => '%\n',
    tags: () => '!t ',
    quotes: () => '"',
    escapes: () => '\\"',
    spaces: () => ' ',
  };
  for (const [what, unit] of Object.entries(wide)) {
    it(`ends soon with 50 kB of ${what}`, () => {
      let text = '';
      for (let i = 0; text.length < 50_000; i++) text += unit(i);
      const start = performance.now();
      decodeBody(Buffer.from(text), 'application/x-yaml');
      expect(performance.now() - start).toBeLessThan(5000);
    });
  }

  it('is given up after 75,000 pieces, three for ten of the values that may be, and reads what has fewer', () => {
    expect(() => parseYaml('- 1\n'.repeat(30_000))).toThrow('too many');
    expect(parseYaml('- 1\n'.repeat(12_000))).toHaveLength(12_000);
    expect(parseYaml(`a: "${'word '.repeat(200_000)}"`)).toEqual({ a: 'word '.repeat(200_000) });
  });

  it('is not tried on more than a megabyte', () => {
    const refusal = decodeBody(Buffer.alloc(yamlLimits(LIMITS.valuesOfReply).bytes + 1, 0x20), 'application/x-yaml');
    expect(refusal).toEqual(expect.objectContaining({ reason: 'too_large' }));
    expect(decodeBody(Buffer.alloc(yamlLimits(LIMITS.valuesOfReply).bytes, 0x20), 'application/x-yaml')).toBeNull();
  });
});

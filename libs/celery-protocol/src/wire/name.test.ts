// Names: the host is what follows the first @, and a text of any length becomes one that can be kept.
import { describe, expect, it } from '@jest/globals';
import { hostOf, isName, readName } from './name.js';

describe('hostOf', () => {
  it.each([
    ['celery@host', 'host'],
    ['a.b@host.example', 'host.example'],
    ['gen123@vm', 'vm'],
    ['host', 'host'],
    ['', ''],
    ['@', ''],
    ['a@b@c', 'b@c'],
    ['@host', 'host'],
  ])('of %j is %j', (nodename, host) => {
    expect(hostOf(nodename)).toBe(host);
  });
});

describe('readName', () => {
  const long = 'x'.repeat(600);

  it('leaves a name alone that can be kept', () => {
    for (const name of ['a', 'é中😀', ' ', 'x'.repeat(512)]) expect(readName(name)).toBe(name);
  });

  it('makes one that can be kept of any other text, and of two texts two', () => {
    const texts = [
      `${long}1`,
      `${long}2`,
      '\ud800',
      '\udfff',
      '\ud800'.repeat(512),
      '\udfff'.repeat(512),
      `${'x'.repeat(494)}😀${long}`,
      'é'.repeat(10e6),
    ];
    const names = texts.map(readName);
    expect(names.every(isName)).toBe(true);
    expect(new Set(names).size).toBe(texts.length);
    expect(texts.map(readName)).toEqual(names);
    expect(names[2]).toBe(String.raw`\ud800`);
    expect(names[0]?.startsWith('x'.repeat(495))).toBe(true);
  });

  it('makes none of what is no text', () => {
    for (const value of [undefined, null, '', 7, [], {}, true]) expect(readName(value)).toBeUndefined();
  });
});

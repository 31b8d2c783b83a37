// What makes two alerts the same: read from posts, and once more from what the store holds of them.
import { describe, expect, test } from '@jest/globals';
import { identityOf, type Alert } from '../notification/index.js';
import { parsePost, type Post } from './payload.js';

const NOW = Date.parse('2026-08-22T10:05:00Z');
const read = (value: object): Post => {
  const parsed = parsePost(Buffer.from(JSON.stringify(value)), NOW);
  if (parsed.kind !== 'post') throw new Error(`a post is wanted, this is ${parsed.kind}`);
  return parsed.post;
};

describe('what makes two alerts the same', () => {
  const known = (given: object): string => {
    const [alert] = read({ alerts: [given] }).alerts;
    if (alert === undefined) throw new Error('no alert');
    // As it is when it was stored and read again.
    const identity = identityOf(JSON.parse(JSON.stringify(alert)) as Alert);
    expect(identityOf(alert)).toBe(identity);
    return identity;
  };
  const identity = (labels: Record<string, unknown>): string => known({ labels });

  test('is all of their labels, in any order, without those that are empty', () => {
    expect(identity({ a: '1', b: '2' })).toBe(identity({ b: '2', c: '', d: null, a: 1 }));
    expect(identity({ a: '1', b: '2' })).not.toBe(identity({ a: '1', b: '3' }));
    expect(identity({ a: '1,b=2' })).not.toBe(identity({ a: '1', b: '2' }));
  });

  test('is the whole text, also of what is shown with a cut', () => {
    const long = 'x'.repeat(70_000);
    expect(identity({ a: `${long}1` })).not.toBe(identity({ a: `${long}2` }));
    expect(identity({ [`${long}1`]: 'a' })).not.toBe(identity({ [`${long}2`]: 'a' }));
  });

  test('is stored only where it does not follow from the labels that are stored', () => {
    const stored = (labels: object, annotations = {}) =>
      read({ alerts: [{ labels, annotations }] }).alerts[0]?.identity;
    expect(stored({ a: '1', b: '' })).toBeUndefined();
    expect(stored({ a: 'x'.repeat(70_000) })).toBeDefined();
    expect(stored({ a: '' }, { summary: 'db1 is down' })).toBeDefined();
  });

  test('also where a label is called as what every object has', () => {
    const post = `{"alerts":[{"labels":{"alertname":"x","__proto__":"a","constructor":"b"}}]}`;
    const parsed = parsePost(Buffer.from(post), NOW);
    const [alert] = parsed.kind === 'post' ? parsed.post.alerts : [];
    expect(Object.entries(alert?.labels ?? {})).toEqual([
      ['alertname', 'x'],
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    expect(identity({ alertname: 'x' })).not.toBe(identityOf(alert as Alert));
  });

  test('is its texts where it has no label', () => {
    const of = (summary: string): string => known({ labels: {}, annotations: { summary } });
    expect(of('db1 is down')).toBe(of('db1 is down'));
    expect(of('db1 is down')).not.toBe(of('db2 is down'));
  });

  test('and the order of its labels makes no other group', () => {
    const key = (groupLabels: object): string =>
      read({ alerts: [{ labels: { alertname: 'x' } }], groupLabels }).groupKey;
    expect(key({ a: '1', b: '2' })).toBe(key({ b: '2', a: '1' }));
  });
});

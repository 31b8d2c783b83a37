// Numbers of JSON that JavaScript would change, and those that it would not.
import { expect, test } from '@jest/globals';
import { identityOf } from '../notification/index.js';
import { parseExactly } from './exact-json.js';
import { parsePost } from './payload.js';

test.each<[string, unknown]>([
  ['1796067060000001235', '1796067060000001235'],
  ['-1796067060000001235', '-1796067060000001235'],
  ['9007199254740993', '9007199254740993'],
  ['9007199254740991', 9007199254740991],
  ['0.12345678901234567891', '0.12345678901234567891'],
  ['1e400', '1e400'],
  ['-1E+400', '-1E+400'],
  ['1e-400', '1e-400'],
  ['0.30000000000000004', 0.30000000000000004],
  ['0.0000000000000000', 0],
  ['1e300', 1e300],
  ['1796067060000', 1796067060000],
])('%s is %j', (source, expected) => {
  expect(parseExactly(`{"a": ${source}, "b": [${source}], "c": "${source}"}`)).toEqual({
    a: expected,
    b: [expected],
    c: source,
  });
});

test('a number that starts at the end of a line of blanks is seen', () => {
  expect(parseExactly('{"a":\n\t 9007199254740993}')).toEqual({ a: '9007199254740993' });
});

test('what is no JSON is an error of its syntax', () => {
  expect(() => parseExactly('{"a":9007199254740993')).toThrow(SyntaxError);
});

test('keys that JavaScript knows stay keys', () => {
  const value = parseExactly('{"__proto__":{"x":9007199254740993}}') as Record<string, unknown>;
  expect(Object.entries(value)).toEqual([['__proto__', { x: '9007199254740993' }]]);
});

test('alerts that differ in the last digit of a number are two, and an infinite one is no null', () => {
  const body = `{"alerts":[${['1796067060000001235', '1796067060000001236', '1e400']
    .map((id) => `{"status":"firing","labels":{"alertname":"x","id":${id}},"startsAt":1787392800123456789}`)
    .join(',')}]}`;
  const parsed = parsePost(Buffer.from(body), 1_800_000_000_000);
  const alerts = parsed.kind === 'post' ? parsed.post.alerts : [];
  expect(alerts.map(({ labels }) => labels['id'])).toEqual(['1796067060000001235', '1796067060000001236', '1e400']);
  expect(new Set(alerts.map(identityOf)).size).toBe(3);
  expect(alerts[0]?.startsAt).toBe(1_787_392_800_123);
});

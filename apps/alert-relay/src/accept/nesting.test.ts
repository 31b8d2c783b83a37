// What counts as nested, and that looking for it takes little time.
import { expect, test } from '@jest/globals';
import { isNestedDeeper } from './nesting.js';
import { parsePost } from './payload.js';

const deeper = (text: string, most: number): boolean => isNestedDeeper(Buffer.from(text), most);

test.each([
  ['', 0, false],
  ['7', 0, false],
  ['[]', 0, true],
  ['[]', 1, false],
  ['[[],[],{}]', 2, false],
  ['[[],[{}]]', 2, true],
  ['{"a":{"b":[1]}}', 2, true],
  ['{"a":"[[[[","b":"{{"}', 1, false],
  [String.raw`{"a":"\"[[[[","b":"\\","c":"[["}`, 1, false],
  [String.raw`{"a":"\\"}`, 1, false],
  ['["队列[", "]"]', 1, false],
  ['"[[[[', 0, false],
  [']]]][[', 1, false],
])('%s deeper than %d: %s', (text, most, wanted) => {
  expect(deeper(text, most)).toBe(wanted);
});

test('a post of nothing but brackets is kept for people, in little time', () => {
  const brackets = `${'['.repeat(2_500_000)}${']'.repeat(2_500_000)}`;
  const before = process.cpuUsage();
  for (const post of [`{"alerts":[{"labels":{"x":${brackets}}}]}`, `{"groupLabels":${brackets},"alerts":[]}`, brackets])
    expect(parsePost(Buffer.from(post), 0)).toEqual({ kind: 'unreadable', reason: 'JSON nested too deep' });
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
});

test('ten megabytes of texts are looked through in little time', () => {
  const text = JSON.stringify({ alerts: Array.from({ length: 1_000 }, () => ({ labels: { a: 'x'.repeat(10_000) } })) });
  const body = Buffer.from(text);
  const before = process.cpuUsage();
  expect(isNestedDeeper(body, 100)).toBe(false);
  expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
});

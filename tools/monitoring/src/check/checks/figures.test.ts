// Tests of the check that a figure is the same wherever it is said.
import { expect, it } from '@jest/globals';
import { checkFigures } from './figures.js';

const FILES: Readonly<Record<string, string>> = {
  'compose.yml': 'relay:\n  memory: 512M\n',
  'guide.md': 'Words.\nThe relay has 512 MB.\n',
  'guide.zh-CN.md': '中继有 256 MB。\n',
};
const find = (...places: readonly (readonly [file: string, pattern: RegExp])[]): string[] =>
  checkFigures(
    (file) => FILES[file],
    [{ what: 'the memory', places: places.map(([file, pattern]) => ({ file, pattern })) }],
  ).map(({ file, line, text }) => `${file}:${String(line)} ${text}`);

it('one figure may be written in several ways', () => {
  expect(find(['compose.yml', /memory: (\w+)/], ['guide.md', /has (\d+ MB)/])).toEqual([]);
});

it('another figure is named with its place, and where the first one stands', () => {
  expect(find(['compose.yml', /memory: (\w+)/], ['guide.zh-CN.md', /有 (\d+ MB)/])).toEqual([
    'guide.zh-CN.md:1 the memory is 256 MB here, and 512M in compose.yml',
  ]);
});

it('a place that does not say it any more is a problem, too', () => {
  expect(find(['compose.yml', /memory: (\w+)/], ['gone.md', /has (\d+ MB)/])).toEqual([
    'gone.md:undefined does not say the memory any more: has (\\d+ MB)',
  ]);
});

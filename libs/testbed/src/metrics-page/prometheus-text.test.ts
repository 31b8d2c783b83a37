// Tests of the reader of the Prometheus text format and of what a scrape offers.
import { describe, expect, it } from '@jest/globals';

import { parsePrometheusText } from './prometheus-text.js';
import { readScrape } from './scrape.js';

describe('the Prometheus text reader', () => {
  it('reads names, labels, values and ignores comments, empty lines and timestamps', () => {
    const text =
      '# HELP a_total Things.\n# TYPE a_total counter\n\na_total 3\na_total{name="x", queue="q",} 4.5e3 1700000000000\n';
    expect(parsePrometheusText(text)).toEqual([
      { name: 'a_total', labels: {}, value: 3 },
      { name: 'a_total', labels: { name: 'x', queue: 'q' }, value: 4500 },
    ]);
  });

  it('undoes the escapes of label values, and takes braces, hashes and commas within them as text', () => {
    const [sample] = parsePrometheusText(String.raw`a{x="say \"hi\"\nand \\n",y="} # {,="} 1`);
    expect(sample).toEqual({ name: 'a', labels: { x: 'say "hi"\nand \\n', y: '} # {,=' }, value: 1 });
  });

  it('reads the three values that are no numbers', () => {
    const values = parsePrometheusText('a{le="+Inf"} +Inf\na -Inf\na NaN\n').map((sample) => sample.value);
    expect(values).toEqual([Infinity, -Infinity, NaN]);
  });

  it.each([
    ['a value that is no number', 'a one'],
    ['no value', 'a{x="1"}'],
    ['a label without quotes', 'a{x=1} 1'],
    ['a label without an end', 'a{x="1} 1'],
    ['labels without a comma', 'a{x="1" y="2"} 1'],
    ['a label that is there twice', 'a{x="1",x="2"} 1'],
    ['a name that begins with a digit', '1a 1'],
    ['too many words', 'a 1 2 3'],
  ])('refuses %s and says which line', (_fault, line) => {
    expect(() => parsePrometheusText(`ok 1\n${line}\n`)).toThrow(/line 2 of the metrics is malformed/);
  });
});

describe('a scrape', () => {
  const page = readScrape('t{name="a",queue="x"} 1\nt{name="b",queue="x"} 2\nt{name="b",queue="y"} 4\n');

  it('gives the value of the one series that has the labels, whatever other labels it has', () => {
    expect(page.value('t', { queue: 'y' })).toBe(4);
    expect(page.value('t', { queue: 'z' })).toBeUndefined();
    expect(page.value('unknown')).toBeUndefined();
  });

  it('refuses to pick one of several', () => {
    expect(() => page.value('t', { name: 'b' })).toThrow(/2 series match t/);
  });

  it('sums what matches', () => {
    expect(page.sum('t')).toBe(7);
    expect(page.sum('t', { name: 'b' })).toBe(6);
    expect(page.sum('unknown')).toBe(0);
  });

  it('lists series with their labels', () => {
    expect(page.series('t', { name: 'a' })).toEqual([{ name: 't', labels: { name: 'a', queue: 'x' }, value: 1 }]);
  });
});

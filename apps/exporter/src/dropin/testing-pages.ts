// What the tests of this folder share: recorded pages of other programs, and pages of ours, series by series.
import { readFileSync } from 'node:fs';
import { type Family, Page } from '@celery-watch/metrics';

const FOLDER = new URL('../../src/dropin/recorded/', import.meta.url);

/** Series with their values; names of labels in the order of the alphabet, `le` first. */
export type Series = Readonly<Record<string, number>>;

/** What their program showed after a capture. */
export function recordedPage(name: string): Series {
  return seriesOf(readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8'));
}

/** The families as `/metrics` shows them, those only whose name begins so. */
export async function pageOf(families: readonly Family[], prefix: string): Promise<Series> {
  const page = new Page(families, [], (metric, error) => {
    throw new Error(`${metric} could not be written`, { cause: error });
  });
  const text = Buffer.concat([...(await page.render('text'))]).toString();
  return seriesOf(text.replaceAll(new RegExp(String.raw`^(?!${prefix}).*\n`, 'gm'), ''));
}

/** What is not the same on both pages: theirs, then ours; undefined where there is no such series. */
export function differences(
  theirs: Series,
  ours: Series,
): Record<string, readonly [number | undefined, number | undefined]> {
  const all = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].sort();
  return Object.fromEntries(
    all.filter((each) => !isSame(theirs[each], ours[each])).map((each) => [each, [theirs[each], ours[each]] as const]),
  );
}

/** Sums of the same numbers in another order differ in the last digits; times went through Python's floats. */
function isSame(one: number | undefined, other: number | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) <= 1e-6;
}

/** A bucket that holds no more than the one below it is left out, as in the recordings. */
function seriesOf(text: string): Series {
  const series: Record<string, number> = {};
  const below = new Map<string, number>();
  for (const line of text.split('\n')) {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found === null) continue;
    const [, name = '', labels = '', number = ''] = found;
    const value = Number(number);
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map((pair) => pair[0]).sort();
    if (name.endsWith('_bucket')) {
      const histogram = name + pairs.filter((pair) => !pair.startsWith('le=')).join(',');
      if (value === (below.get(histogram) ?? 0)) continue;
      below.set(histogram, value);
    }
    series[`${name}{${pairs.join(',')}}`] = value;
  }
  return series;
}

// For tests that hold a page of ours against one of a Python program as numbers, so that they can be added up.
import { readFileSync } from 'node:fs';
import { type Family, Registry } from '@celery-watch/metrics';
import { parsePrometheusText } from '@celery-watch/testbed';

const FOLDER = new URL('../../src/dropin/recorded/', import.meta.url);

/** Series with their values; the names of labels in the order of the alphabet. */
export type Series = Readonly<Record<string, number>>;

/** What their program showed after a capture, as the recorders in that folder have written it. */
export function recordedPage(name: string): Series {
  return seriesOf(readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8'));
}

/** What families write, in the same form. */
export function pageOf(families: readonly Family[]): Series {
  const registry = new Registry({
    onError: (_entry, error) => {
      throw error;
    },
  });
  registry.add(...families);
  return seriesOf(registry.render('text'));
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

/** Sums of the same numbers in another order differ in their last digits. */
function isSame(one: number | undefined, other: number | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) <= 1e-6;
}

/** A bucket that holds no more than the one below it is left out, as in the recordings. */
function seriesOf(text: string): Series {
  const series: Record<string, number> = {};
  const below = new Map<string, number>();
  for (const { name, labels, value } of parsePrometheusText(text)) {
    const { le, ...others } = labels;
    const key = textOf(name, others);
    if (le !== undefined) {
      if (value === (below.get(key) ?? 0)) continue;
      below.set(key, value);
    }
    series[textOf(name, labels)] = value;
  }
  return series;
}

function textOf(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${pairs.sort().join(',')}}`;
}

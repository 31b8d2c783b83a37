// For tests that hold a page of ours against one that another exporter has written: both as numbers by series.
import { readFileSync } from 'node:fs';
import { type Family, Registry } from '@celery-watch/metrics';
import { parsePrometheusText } from '@celery-watch/testbed';

const FOLDER = new URL('../../src/dropin/recorded/', import.meta.url);

/**
 * Series with their values; the names of labels in the order of the alphabet. A bucket that holds no more than the one
 * below it is left out, as in the recordings.
 */
export type Page = Readonly<Record<string, number>>;

/** What their program showed after a capture, as the recorders in that folder have written it. */
export function recordedPage(name: string): Page {
  return readPage(readFileSync(new URL(`${name}.txt`, FOLDER), 'utf8'));
}

/** What families write, in the same form. */
export function pageOf(families: readonly Family[]): Page {
  return readPage(textOf(families));
}

/** What families write. */
export function textOf(families: readonly Family[]): string {
  const registry = new Registry({
    onError: (_entry, error) => {
      throw error;
    },
  });
  registry.add(...families);
  return registry.render('text');
}

function readPage(text: string): Page {
  const page: Record<string, number> = {};
  const below = new Map<string, number>();
  for (const { name, labels, value } of parsePrometheusText(text)) {
    const { le, ...others } = labels;
    const key = seriesText(name, others);
    if (le !== undefined) {
      if (value === (below.get(key) ?? 0)) continue;
      below.set(key, value);
    }
    const series = seriesText(name, labels);
    if (series in page) throw new Error(`${series} is there twice`);
    page[series] = value;
  }
  return page;
}

function seriesText(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${pairs.sort().join(',')}}`;
}

/** A page whose histograms are one text each: `0.1:1 +Inf:2 count:2 sum:0.3`; all else is its number as a text. */
export type WholePage = ReadonlyMap<string, string>;

/** The same page with each histogram in one piece. */
export function whole(page: Page): WholePage {
  const histograms = new Set(Object.keys(page).flatMap((series) => /^(\w+)_bucket\{/.exec(series)?.[1] ?? []));
  const pieces = new Map<string, (readonly [place: number, text: string])[]>();
  for (const [series, value] of Object.entries(page)) {
    const [, base = '', part = '', labels = ''] = /^(\w+)_(bucket|sum|count)(\{.*\})$/.exec(series) ?? [];
    const isPart = histograms.has(base);
    const le = /([{,])le="([^"]*)",?/.exec(labels);
    const key = isPart ? `${base}${labels.replace(le?.[0] ?? '', le?.[1] ?? '').replace(',}', '}')}` : series;
    const bound = le?.[2] ?? '';
    const place = part === 'bucket' ? Number(bound.replace('+Inf', 'Infinity')) : Infinity;
    const text = isPart ? `${part === 'bucket' ? bound : part}:${shown(value)}` : shown(value);
    pieces.set(key, [...(pieces.get(key) ?? []), [place, text]]);
  }
  return new Map([...pieces].map(([key, parts]) => [key, inOrder(parts)] as const));
}

/** Buckets by their bounds, then the count and the sum. */
function inOrder(parts: readonly (readonly [place: number, text: string])[]): string {
  const sorted = [...parts].sort(([a, one], [b, other]) => (a === b ? (one < other ? -1 : 1) : a - b));
  return sorted.map(([, text]) => text).join(' ');
}

function shown(value: number): string {
  return String(Number(value.toFixed(6)));
}

/** What is not the same on both pages: theirs, then ours; undefined where there is no such series. */
export function differences<Value extends number | string>(
  theirs: Readonly<Record<string, Value>>,
  ours: Readonly<Record<string, Value>>,
): Record<string, readonly [Value | undefined, Value | undefined]> {
  const all = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])].sort();
  return Object.fromEntries(
    all.filter((each) => !isSame(theirs[each], ours[each])).map((each) => [each, [theirs[each], ours[each]] as const]),
  );
}

/** Sums of the same numbers in another order differ in their last digits. */
function isSame(one: number | string | undefined, other: number | string | undefined): boolean {
  return typeof one === 'number' && typeof other === 'number' ? Math.abs(one - other) <= 1e-6 : one === other;
}

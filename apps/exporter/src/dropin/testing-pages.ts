// For tests that hold a page of ours against one that another exporter has written: both in one form, series by series.
import { readFileSync } from 'node:fs';
import { type Family, Registry } from '@celery-watch/metrics';
import { parsePrometheusText } from '@celery-watch/testbed';

/**
 * A page by series; a counter or gauge is its value, a histogram its buckets as they stand there, its sum and its count
 * in one text.
 */
export type Page = ReadonlyMap<string, string>;

/** The form in which `record.py` writes down a page. */
export function readRecorded(file: URL): Page {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf('} ') + 1;
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

/** What families write, in the same form. */
export function pageOf(families: readonly Family[]): Page {
  const registry = new Registry({
    onError: (_entry, error) => {
      throw error;
    },
  });
  registry.add(...families);
  return readPage(registry.render('text'));
}

export function readPage(text: string): Page {
  const histograms = new Set([...text.matchAll(/^# TYPE (\S+) histogram$/gm)].map(([, name = '']) => name));
  const page = new Map<string, string>();
  for (const { name, labels, value } of parsePrometheusText(text)) {
    const [, base = '', part = ''] = /^(.*?)_(bucket|sum|count)$/.exec(name) ?? [];
    const isPart = histograms.has(base);
    const { le, ...others } = labels;
    const key = `${isPart ? base : name}{${textOf(isPart ? others : labels)}}`;
    const before = page.get(key);
    if (before !== undefined && !isPart) throw new Error(`${key} is there twice`);
    const piece = isPart ? `${part === 'bucket' ? (le ?? '') : part}:${shown(value)}` : shown(value);
    page.set(key, before === undefined ? piece : `${before} ${piece}`);
  }
  // Python's client writes the count before the sum.
  for (const [key, value] of page) page.set(key, value.replace(/ (sum:\S+) (count:\S+)/, ' $2 $1'));
  return page;
}

export const MISSING = 'no such series';

/** Theirs and ours of each series in which the pages differ. */
export function differences(theirs: Page, ours: Page): Readonly<Record<string, readonly [string, string]>> {
  const keys = [...new Set([...theirs.keys(), ...ours.keys()])].sort();
  return Object.fromEntries(
    keys
      .map((key) => [key, [theirs.get(key) ?? MISSING, ours.get(key) ?? MISSING]] as const)
      .filter(([, [one, other]]) => one !== other),
  );
}

function textOf(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
}

function shown(value: number): string {
  return String(Number(value.toFixed(6)));
}

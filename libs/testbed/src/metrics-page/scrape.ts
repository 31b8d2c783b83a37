// One look at a /metrics page: its samples by name and labels, and the text itself.
import { type Labels, parsePrometheusText, type Sample } from './prometheus-text.js';

export interface Scrape {
  /** The page as served. */
  readonly text: string;
  readonly samples: readonly Sample[];
  /** The samples of that name whose labels include the given ones. */
  series(name: string, labels?: Labels): Sample[];
  /**
   * The value of the one sample that matches; undefined when none does; throws when several do, since that is a test's
   * mistake.
   */
  value(name: string, labels?: Labels): number | undefined;
  /** The sum over all samples that match; 0 when none does. */
  sum(name: string, labels?: Labels): number;
}

export async function scrape(url: string, options: { readonly timeout?: number | undefined } = {}): Promise<Scrape> {
  const response = await fetch(url, { signal: AbortSignal.timeout(options.timeout ?? 10_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text.slice(0, 500)}`);
  return readScrape(text);
}

export function readScrape(text: string): Scrape {
  const samples = parsePrometheusText(text);
  const series = (name: string, labels: Labels = {}): Sample[] =>
    samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    );
  return {
    text,
    samples,
    series,
    value(name, labels) {
      const found = series(name, labels);
      if (found.length > 1)
        throw new Error(
          `${found.length} series match ${name}${JSON.stringify(labels ?? {})}: name more labels or use sum()`,
        );
      return found[0]?.value;
    },
    sum: (name, labels) => series(name, labels).reduce((total, sample) => total + sample.value, 0),
  };
}

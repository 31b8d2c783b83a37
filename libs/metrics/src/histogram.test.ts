// Histogram families: children, the cap, and bounds that do not belong to the entry.
import { metric, type MetricEntry } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { collected, type Family } from './family.js';
import { HistogramValue } from './histogram-value.js';
import { Histogram } from './histogram.js';
import { Registry } from './page.js';

const RUN = metric('histogram', 'run_seconds', 'Run time.', ['name'], [1, 10]);

function rendered(family: Family): { lines: string[]; errors: string[] } {
  const errors: string[] = [];
  const registry = new Registry({ onError: (_, error) => errors.push(String(error)) });
  registry.add(family);
  return { lines: registry.render('text').split('\n').slice(2, -1), errors };
}

describe('a histogram', () => {
  it('gives the same value for the same labels and cumulates its buckets on the page', () => {
    const run = new Histogram(RUN);
    for (const seconds of [0.5, 2, 3, 100]) run.with('a').observe(seconds);
    expect(rendered(run).lines).toEqual([
      'run_seconds_bucket{name="a",le="1"} 1',
      'run_seconds_bucket{name="a",le="10"} 3',
      'run_seconds_bucket{name="a",le="+Inf"} 4',
      'run_seconds_sum{name="a"} 105.5',
      'run_seconds_count{name="a"} 4',
    ]);
  });

  it('does not change when it is rendered', () => {
    const run = new Histogram(RUN);
    run.with('a').observe(1);
    expect(rendered(run).lines).toEqual(rendered(run).lines);
  });

  it('folds label sets above its cap into other', () => {
    const run = new Histogram(RUN, { maxSeries: 1 });
    for (const name of ['a', 'b', 'c']) run.with(name).observe(1);
    expect(run.with('other').count).toBe(2);
    expect(run.remove('a')).toBe(true);
    expect(run.with('d')).not.toBe(run.with('other'));
  });

  it('refuses an entry of another type or without buckets, by name', () => {
    expect(() => new Histogram(metric('gauge', 'up', 'Up.', []))).toThrow(
      new TypeError('up is a gauge in the catalogue, not a histogram'),
    );
    expect(() => new Histogram(metric('histogram', 'h_seconds', 'H.', []))).toThrow(
      new TypeError('h_seconds has no buckets in the catalogue'),
    );
  });
});

describe('a collected histogram', () => {
  it('spells its bounds as floats in both formats, where its entry says so', () => {
    const entry = { ...metric('histogram', 'h', 'H.', [], [0.5, 1, 10]), floatBounds: true };
    const registry = new Registry({ onError: () => undefined });
    registry.add(
      collected(entry, (out) => {
        out.histogram('', new HistogramValue([0.5, 1, 10]));
      }),
    );
    for (const format of ['text', 'openmetrics'] as const)
      expect([...registry.render(format).matchAll(/le="([^"]+)"/g)].map(([, bound]) => bound)).toEqual([
        '0.5',
        '1.0',
        '10.0',
        '+Inf',
      ]);
  });

  it('takes values with bounds that are equal to those of the entry', () => {
    const family = collected(RUN, (out) => {
      out.histogram('name="a"', new HistogramValue([1, 10]));
    });
    expect(rendered(family)).toMatchObject({ lines: { length: 5 }, errors: [] });
  });

  it.each([[[1, 11]], [[1]], [[1, 10, 100]]])('is refused with the bounds %p', (bounds) => {
    const family = collected(RUN, (out) => {
      out.histogram('name="a"', new HistogramValue(bounds));
    });
    expect(rendered(family)).toEqual({
      lines: [],
      errors: [`RangeError: run_seconds has the bounds 1, 10, not ${bounds.join(', ')}`],
    });
  });

  it('is refused where the entry is of another type, as is a plain sample of a histogram', () => {
    const gauge: MetricEntry = metric('gauge', 'up', 'Up.', []);
    expect(
      rendered(
        collected(gauge, (out) => {
          out.histogram('', new HistogramValue([1]));
        }),
      ).errors,
    ).toEqual(['TypeError: up is a gauge, it takes no histogram']);
    expect(
      rendered(
        collected(RUN, (out) => {
          out.add('name="a"', 1);
        }),
      ).errors,
    ).toEqual(['TypeError: run_seconds is a histogram, it has no plain samples']);
  });
});

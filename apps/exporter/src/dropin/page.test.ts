// Theirs beside ours on one page: who gives way, what is still promised, and labels that stand on everything.
import { describe, expect, it } from '@jest/globals';
import { metric, METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import { collected, type Family, HistogramValue } from '@celery-watch/metrics';
import { besides, promised, withStaticLabels } from './page.js';
import { pageOf } from './testing-pages.js';

const gauge = (name: string, labels: readonly string[] = []): Family =>
  collected(metric('gauge', name, 'For the test.', labels), (out) => {
    out.add(labels.map((label) => `${label}="x"`).join(','), 1);
  });
const names = (families: readonly { entry: { name: string } }[]): string[] => families.map(({ entry }) => entry.name);

describe('ours beside theirs', () => {
  it('give way where a name of theirs is the same, or a part of what ours writes', () => {
    const counter = collected(metric('counter', 'a_total', 'For the test.', []), () => undefined);
    const histogram = collected(metric('histogram', 'h_seconds', 'For the test.', [], [1]), () => undefined);
    const ours = [counter, histogram, gauge('g')];
    expect(names(besides(ours, [gauge('g')]))).toEqual(['a_total', 'h_seconds']);
    expect(names(besides(ours, [gauge('a')]))).toEqual(['h_seconds', 'g']);
    expect(names(besides(ours, [gauge('h_seconds_count')]))).toEqual(['a_total', 'g']);
    expect(names(besides(ours, [gauge('other')]))).toEqual(['a_total', 'h_seconds', 'g']);
  });

  it('are all promised but for those', () => {
    const up = METRIC_CATALOGUE.find(({ name }) => name === 'celery_tasks_total');
    expect(promised(METRIC_CATALOGUE, [])).toHaveLength(METRIC_CATALOGUE.length);
    expect(promised(METRIC_CATALOGUE, [collected({ ...(up as NonNullable<typeof up>) }, () => undefined)])).toContain(
      up,
    );
    expect(promised(METRIC_CATALOGUE, [gauge('celery_tasks')])).not.toContain(up);
  });
});

describe('static labels', () => {
  it('stand on every series, escaped, and change no label that is there already', () => {
    const value = new HistogramValue([1]);
    value.observe(0.5);
    const histogram = collected(metric('histogram', 'h', 'For the test.', [], [1]), (out) => {
      out.histogram('', value);
    });
    const families = withStaticLabels([gauge('bare'), gauge('own', ['env']), gauge('other', ['name']), histogram], {
      env: 'a"b',
    });
    expect(pageOf(families)).toEqual({
      'bare{env="a"b"}': 1,
      'own{env="x"}': 1,
      'other{env="a"b",name="x"}': 1,
      'h_bucket{env="a"b",le="1"}': 1,
      'h_count{env="a"b"}': 1,
      'h_sum{env="a"b"}': 0.5,
    });
  });

  it('cost nothing where there are none', () => {
    const families = [gauge('bare')];
    expect(withStaticLabels(families)).toBe(families);
  });
});

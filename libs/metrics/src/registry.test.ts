// The registry: what it refuses, and that one broken family does not take the page with it.
import { metric, METRIC_CATALOGUE, type MetricEntry } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { collected, type Samples } from './family.js';
import { Counter } from './counter.js';
import { Registry } from './page.js';

function strict(): Registry {
  return new Registry({
    onError: (_, error) => {
      throw error;
    },
  });
}

const empty = (entry: MetricEntry) => collected(entry, () => undefined);

describe('a registry', () => {
  it('renders an empty page when it is empty', () => {
    expect([strict().render('text'), strict().render('openmetrics')]).toEqual(['', '# EOF\n']);
  });

  it('refuses the same metric twice, by name, and keeps the first', () => {
    const registry = strict();
    const entry = metric('counter', 'tasks_total', 'Tasks.', []);
    registry.add(new Counter(entry));
    expect(() => {
      registry.add(new Counter(entry));
    }).toThrow(new Error('metric tasks_total is already in the registry'));
    expect(registry.render('text').match(/# TYPE/g)).toHaveLength(1);
  });

  it.each([
    [
      "a gauge that has the name of a counter's family",
      metric('gauge', 'tasks', '', []),
      metric('counter', 'tasks_total', '', []),
      'tasks',
    ],
    [
      "a gauge that has the name of a histogram's sample",
      metric('histogram', 'run', '', [], [1]),
      metric('gauge', 'run_count', '', []),
      'run_count',
    ],
    [
      'a gauge that has the name of a creation time',
      metric('counter', 'x_total', '', []),
      metric('gauge', 'x_created', '', []),
      'x_created',
    ],
  ])('refuses %s', (_, first, second, name) => {
    const registry = strict();
    expect(() => {
      registry.add(empty(first), empty(second));
    }).toThrow(new Error(`metric ${second.name} cannot stand beside ${first.name}: both use the name ${name}`));
  });

  it.each([
    ['a name that is none', metric('gauge', 'a-b', '', []), 'metric "a-b": this is not a metric name'],
    [
      'a counter without _total',
      metric('counter', 'tasks', '', []),
      'metric "tasks": the name of a counter ends in _total',
    ],
    ['a label name that is none', metric('gauge', 'g', '', ['a b']), 'metric "g": "a b" is not a label name'],
    ['a reserved label name', metric('gauge', 'g', '', ['__name__']), 'metric "g": "__name__" is not a label name'],
    ['a label twice', metric('gauge', 'g', '', ['a', 'a']), 'metric "g": a label name stands twice in a, a'],
    [
      'a histogram with the label le',
      metric('histogram', 'h', '', ['le'], [1]),
      'metric "h": the label le belongs to the buckets',
    ],
    [
      'a histogram without buckets',
      metric('histogram', 'h', '', []),
      'metric "h": bounds must be finite and ascending, not []',
    ],
    [
      'bounds with +Inf',
      metric('histogram', 'h', '', [], [1, Infinity]),
      'metric "h": bounds must be finite and ascending, not [1, Infinity]',
    ],
  ])('refuses %s', (_, entry, message) => {
    expect(() => {
      strict().add(empty(entry));
    }).toThrow(new Error(message));
  });

  it('takes the whole catalogue at once', () => {
    const registry = strict();
    registry.add(...METRIC_CATALOGUE.map(empty));
    for (const format of ['text', 'openmetrics'] as const) {
      expect(registry.render(format).match(/^# TYPE /gm)).toHaveLength(METRIC_CATALOGUE.length);
    }
  });
});

describe('a family that throws', () => {
  it.each([
    ['text', ''],
    ['openmetrics', '# EOF\n'],
  ] as const)('loses its own samples in %s, is reported, and hurts no other', (format, end) => {
    const reports: [string, unknown][] = [];
    const registry = new Registry({ onError: (entry, error) => reports.push([entry.name, error]) });
    const boom = new Error('boom');
    const before = metric('gauge', 'before', 'Before.', []);
    const broken = metric('gauge', 'broken', 'Broken.', ['a']);
    const after = metric('gauge', 'after', 'After.', []);
    registry.add(
      collected(before, (out) => {
        out.add('', 1);
      }),
      collected(broken, (out) => {
        out.add('a="half"', 1);
        throw boom;
      }),
      collected(after, (out) => {
        out.add('', 2);
      }),
    );
    expect(registry.render(format)).toBe(
      '# HELP before Before.\n# TYPE before gauge\nbefore 1\n# HELP broken Broken.\n# TYPE broken gauge\n' +
        `# HELP after After.\n# TYPE after gauge\nafter 2\n${end}`,
    );
    expect(reports).toEqual([['broken', boom]]);
  });

  it('is asked again at the next scrape', () => {
    let broken = true;
    const registry = new Registry({ onError: () => undefined });
    registry.add(
      collected(metric('gauge', 'g', 'G.', []), (out) => {
        if (broken) throw new Error('not yet');
        out.add('', 1);
      }),
    );
    expect(registry.render('text')).not.toContain('g 1');
    broken = false;
    expect(registry.render('text')).toContain('\ng 1\n');
  });

  it('cannot write into another page with a writer that it kept', () => {
    const kept: Samples[] = [];
    const registry = strict();
    registry.add(
      collected(metric('gauge', 'g', 'G.', []), (out) => {
        for (const old of kept) old.add('', 99);
        kept.push(out);
      }),
    );
    registry.render('text');
    expect(registry.render('text')).not.toContain('99');
  });
});

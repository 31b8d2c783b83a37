// Counters: children, what is refused, and the cap of series with its folding.
import { metric, type MetricEntry } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { Counter } from './counter.js';
import type { Family } from './family.js';

const TASKS = metric('counter', 'tasks_total', 'Tasks.', ['name', 'queue']);

function samples(family: Family): Record<string, number> {
  const lines: Record<string, number> = {};
  family.write({
    add: (labels, value) => {
      lines[labels] = value;
    },
    histogram: () => {
      throw new Error('no histogram here');
    },
  });
  return lines;
}

describe('a counter', () => {
  it('gives the same child for the same label values', () => {
    const tasks = new Counter(TASKS);
    tasks.with('a', 'b').inc();
    const held = tasks.with('a', 'b');
    held.value++;
    held.inc(0.5);
    expect(samples(tasks)).toEqual({ 'name="a",queue="b"': 2.5 });
  });

  it('does not mix up label sets that look alike when joined', () => {
    const tasks = new Counter(TASKS);
    tasks.with('a",queue="b', '').inc();
    tasks.with('a', 'b').inc(2);
    tasks.with('a,b', '').inc(3);
    expect(Object.values(samples(tasks))).toEqual([1, 2, 3]);
  });

  it('counts label values that differ only in broken surrogates as one series, for the page shows them as one', () => {
    const tasks = new Counter(TASKS);
    tasks.with('\ud800', 'q').inc();
    tasks.with('\udfff', 'q').inc();
    expect(samples(tasks)).toEqual({ 'name="\ufffd",queue="q"': 2 });
  });

  it('shows 0 from the start where it has no labels, and nothing where it has', () => {
    expect(samples(new Counter(metric('counter', 'all_total', 'All.', [])))).toEqual({ '': 0 });
    expect(samples(new Counter(TASKS))).toEqual({});
  });

  it.each([-1, NaN, Infinity, -Infinity])(
    'refuses to be increased by %p, names the metric and keeps its value',
    (n) => {
      const child = new Counter(TASKS).with('a', 'b');
      child.inc(3);
      expect(() => {
        child.inc(n);
      }).toThrow(new RangeError(`tasks_total can only be increased by a number from 0 up, not by ${n}`));
      expect(child.value).toBe(3);
    },
  );

  it('forgets a removed series and starts it again at 0', () => {
    const tasks = new Counter(TASKS);
    tasks.with('a', 'b').inc();
    expect(tasks.remove('a', 'b')).toBe(true);
    expect(tasks.remove('a', 'b')).toBe(false);
    expect(samples(tasks)).toEqual({});
    expect(tasks.with('a', 'b').value).toBe(0);
  });

  it('refuses an entry of another type, by name', () => {
    expect(() => new Counter(metric('gauge', 'up', 'Up.', []))).toThrow(
      new TypeError('up is a gauge in the catalogue, not a counter'),
    );
  });

  it('refuses a wrong number of label values', () => {
    const untyped: MetricEntry = TASKS;
    expect(() => new Counter(untyped).with('a')).toThrow(TypeError);
    // @ts-expect-error -- the compiler refuses it where the entry knows its labels
    expect(() => new Counter(TASKS).with('a')).toThrow(TypeError);
  });
});

describe('a counter with a cap of series', () => {
  function capped(maxSeries: number): { tasks: Counter<'name' | 'queue'>; dropped: string[] } {
    const dropped: string[] = [];
    return { tasks: new Counter(TASKS, { maxSeries, onDropped: (entry) => dropped.push(entry.name) }), dropped };
  }

  it('folds each new label set above the cap into other, says so each time, and loses no count', () => {
    const { tasks, dropped } = capped(2);
    for (const name of ['a', 'b', 'c', 'd', 'c']) tasks.with(name, 'q').inc();
    expect(samples(tasks)).toEqual({
      'name="a",queue="q"': 1,
      'name="b",queue="q"': 1,
      'name="other",queue="other"': 3,
    });
    expect(dropped).toEqual(['tasks_total', 'tasks_total', 'tasks_total']);
  });

  it('still serves known label sets when it is full', () => {
    const { tasks, dropped } = capped(1);
    tasks.with('a', 'q').inc();
    tasks.with('b', 'q').inc();
    tasks.with('a', 'q').inc();
    expect(tasks.with('a', 'q').value).toBe(2);
    expect(dropped).toHaveLength(1);
  });

  it('always has room for other and does not count it', () => {
    const { tasks, dropped } = capped(1);
    tasks.with('a', 'q').inc();
    tasks.with('other', 'other').inc();
    tasks.remove('a', 'q');
    tasks.with('b', 'q').inc();
    expect(samples(tasks)).toEqual({ 'name="other",queue="other"': 1, 'name="b",queue="q"': 1 });
    expect(dropped).toEqual([]);
  });

  it('folds everything where the cap is 0', () => {
    const { tasks } = capped(0);
    tasks.with('a', 'q').inc();
    expect(samples(tasks)).toEqual({ 'name="other",queue="other"': 1 });
  });

  it('has room again after a removal', () => {
    const { tasks, dropped } = capped(1);
    tasks.with('a', 'q').inc();
    tasks.remove('a', 'q');
    tasks.with('b', 'q').inc();
    expect(samples(tasks)).toEqual({ 'name="b",queue="q"': 1 });
    expect(dropped).toEqual([]);
  });

  it.each([-1, 1.5, NaN])('refuses the cap %p', (maxSeries) => {
    expect(() => capped(maxSeries)).toThrow(
      new RangeError(`tasks_total: maxSeries must be a whole number from 0 up, not ${maxSeries}`),
    );
  });
});

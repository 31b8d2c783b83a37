// Gauges: what they show before and after they are set.
import { metric } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { Gauge } from './gauge.js';
import { Registry } from './page.js';

const LENGTH = metric('gauge', 'queue_length', 'Length.', ['queue']);

function lines(gauge: Gauge): string[] {
  const registry = new Registry({
    onError: (_, error) => {
      throw error;
    },
  });
  registry.add(gauge);
  return registry.render('text').split('\n').slice(2, -1);
}

describe('a gauge', () => {
  it('is set, raised and lowered', () => {
    const gauge = new Gauge(LENGTH);
    const child = gauge.with('q');
    child.set(10);
    child.inc();
    child.inc(5);
    child.dec();
    child.dec(20);
    expect(lines(gauge)).toEqual(['queue_length{queue="q"} -5']);
  });

  it('shows nothing before a series is asked for, not even without labels', () => {
    const gauge = new Gauge(metric('gauge', 'up', 'Up.', []));
    expect(lines(gauge)).toEqual([]);
    gauge.with().set(1);
    expect(lines(gauge)).toEqual(['up 1']);
  });

  it('takes one series or all of them off the page', () => {
    const gauge = new Gauge(LENGTH);
    for (const queue of ['a', 'b', 'c']) gauge.with(queue).set(1);
    expect([gauge.remove('a'), gauge.remove('x')]).toEqual([true, false]);
    expect(lines(gauge)).toEqual(['queue_length{queue="b"} 1', 'queue_length{queue="c"} 1']);
    gauge.clear();
    expect(lines(gauge)).toEqual([]);
  });

  it('has its whole room again after clear', () => {
    const dropped: string[] = [];
    const gauge = new Gauge(LENGTH, { maxSeries: 1, onDropped: (entry) => dropped.push(entry.name) });
    for (const queue of ['a', 'b']) gauge.with(queue).set(1);
    gauge.clear();
    gauge.with('c').set(2);
    expect(lines(gauge)).toEqual(['queue_length{queue="c"} 2']);
    expect(dropped).toEqual(['queue_length']);
  });

  it('refuses an entry of another type, by name', () => {
    expect(() => new Gauge(metric('counter', 'x_total', 'X.', []))).toThrow(
      new TypeError('x_total is a counter in the catalogue, not a gauge'),
    );
  });
});

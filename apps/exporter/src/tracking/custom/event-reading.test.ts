// What of an event is a value and what a label: everything that Python may send, and nothing that is not meant.
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../testing.js';
import type { CustomMetric } from './custom-metric.js';
import { reasonsFor, SKIP_REASONS } from './custom-metric.js';
import { metric, samples, skipped } from './testing.js';

/** The samples and the reasons after one event for each of these sets of fields. */
function told(of: CustomMetric, ...events: readonly Readonly<Record<string, unknown>>[]) {
  const stage = new Stage({ custom: [of] });
  const worker = stage.worker();
  for (const fields of events) stage.deliver(worker.make('told', { uuid: 'a', ...fields }));
  for (const reason of Object.keys(skipped(stage))) expect(reasonsFor(of)).toContain(reason);
  return { samples: samples(stage), skipped: skipped(stage) };
}

describe('the value of an event', () => {
  it('is a number or a truth value of Python, and nothing that looks like one', () => {
    expect(told(metric('counter'), { n: 2 }, { n: 0.5 }, { n: true }, { n: false }, { n: 0 })).toEqual({
      samples: { '': 3.5 },
      skipped: {},
    });
    expect(told(metric('counter'), { n: '7' }, { n: [1] }, { n: {} }, { n: null }, {}, { N: 1 })).toEqual({
      samples: { '': 0 },
      skipped: { not_a_number: 3, no_value: 3 },
    });
  });

  it('adds nothing to a counter or a histogram that is negative, endless or beyond exactness', () => {
    for (const type of ['counter', 'histogram'] as const) {
      const got = told(metric(type), { n: -1 }, { n: 1e15 }, { n: 1e300 }, { n: -0 }, { n: 3 });
      expect(got.skipped).toEqual({ negative: 1, too_large: 2 });
      expect(got.samples['']).toEqual(type === 'counter' ? 3 : [2, 3, 1, 1, 0]);
    }
    const stage = new Stage({ custom: [metric('counter')] });
    const body = Buffer.from('{"type":"told","timestamp":1,"hostname":"a@b","pid":1,"n":1e999}');
    stage.model.receive({ contentType: 'application/json', headers: {}, body }, stage.now);
    const nan = Buffer.from('{"type":"told","timestamp":1,"hostname":"a@b","pid":1,"n":NaN}');
    stage.model.receive({ contentType: 'application/json', headers: {}, body: nan }, stage.now);
    expect([samples(stage), skipped(stage)]).toEqual([{ '': 0 }, { not_a_number: 1, no_value: 1 }]);
  });

  it('is endless as Python writes it, which no metric takes, and not missing', () => {
    const stage = new Stage({ custom: [metric('gauge')] });
    for (const word of ['Infinity', '-Infinity']) {
      const body = Buffer.from(`{"type":"told","timestamp":1,"hostname":"a@b","pid":1,"n":${word}}`);
      stage.model.receive({ contentType: 'application/json', headers: {}, body }, stage.now);
    }
    expect([samples(stage), skipped(stage)]).toEqual([{}, { not_a_number: 2 }]);
  });

  it('may be anything that is a number in a gauge, and 1 or another constant without a field', () => {
    expect(told(metric('gauge'), { n: 5 }, { n: -1e300 }).samples).toEqual({ '': -1e300 });
    expect(told(metric('counter', { value: 1 }), {}, { n: 'x' }).samples).toEqual({ '': 2 });
    expect(told(metric('counter', { value: 2.5 }), {}).samples).toEqual({ '': 2.5 });
  });

  it('is never what an object inherits', () => {
    const inherited = metric('counter', { value: 'constructor', labels: { a: 'toString' } });
    expect(told(inherited, {}, { constructor: 1 })).toEqual({ samples: { 'a=""': 1 }, skipped: { no_value: 1 } });
  });
});

describe('a label', () => {
  it('is the text, number or truth value of its field, and empty where the field is missing', () => {
    const got = told(
      metric('counter', { value: 1, labels: { a: 'x', b: '=fixed', c: '$worker' } }),
      ...['t"x"', 3, 0.5, true, null, ''].map((x) => ({ x })),
      {},
    );
    const text = (a: string): string => `a="${a}",b="fixed",c="celery@one"`;
    expect(got).toEqual({
      samples: {
        [text(String.raw`t\"x\"`)]: 1,
        [text('3')]: 1,
        [text('0.5')]: 1,
        [text('true')]: 1,
        [text('')]: 3,
      },
      skipped: {},
    });
  });

  it('of a large number has the digits that were sent, and its value counts all the same', () => {
    const stage = new Stage({ custom: [metric('gauge', { labels: { a: 'x' } })] });
    for (const x of ['12345678901234567890', '12345678901234567891', '-9007199254740993']) {
      const body = Buffer.from(`[{"type":"told","timestamp":1,"hostname":"a@b","pid":1,"n":${x},"x":${x}}]`);
      stage.model.receive({ contentType: 'application/json', headers: {}, body }, stage.now);
    }
    expect(samples(stage)).toEqual({
      'a="12345678901234567890"': 12345678901234567000,
      'a="12345678901234567891"': 12345678901234567000,
      'a="-9007199254740993"': -9007199254740992,
    });
  });

  it('is no list and no mapping', () => {
    const got = told(metric('counter', { labels: { a: 'x' } }), { n: 1, x: ['a'] }, { n: 1, x: { a: 1 } });
    expect(got).toEqual({ samples: {}, skipped: { bad_label: 2 } });
  });

  it('that is longer than any name is cut, and stays told from others', () => {
    const long = 'x'.repeat(5000);
    const got = told(metric('counter', { labels: { a: 'x' } }), { n: 1, x: `${long}1` }, { n: 1, x: `${long}2` });
    expect(Object.keys(got.samples)).toHaveLength(2);
    for (const labels of Object.keys(got.samples)) expect(labels.length).toBeLessThan(600);
  });
});

describe('the reasons of a metric', () => {
  it('are those that can apply to it', () => {
    expect(reasonsFor(metric('counter', { value: 1 }))).toEqual([]);
    expect(reasonsFor(metric('gauge'))).toEqual(['no_value', 'not_a_number']);
    expect(reasonsFor(metric('counter'))).toEqual(['no_value', 'not_a_number', 'negative', 'too_large']);
    const all = [metric('counter', { labels: { a: 'x' } }), metric('gauge', { combine: 'sum' })].flatMap(reasonsFor);
    expect(new Set(all)).toEqual(new Set(SKIP_REASONS));
  });
});

// Metrics of the user's own as events come in: counted once and under what is known, bounded, and forgotten in time.
import { describe, expect, it } from '@jest/globals';
import { livingWorker, Random, Stage } from '../testing.js';
import { metric, samples, skipped } from './testing.js';

const ofTask = { task: '$task', queue: '$queue' };

describe('an event of the user', () => {
  it('counts in each metric that waits for it, and in no other', () => {
    const stage = new Stage({
      custom: [
        metric('counter'),
        metric('gauge', { name: 'level', value: 'm' }),
        metric('counter', { name: 'others_total', event: 'other', value: 1 }),
      ],
    });
    const worker = stage.worker();
    stage.deliver(worker.make('told', { n: 2, m: 9 }), worker.make('told', { n: 3, m: 4 }), worker.make('odd'));
    expect(samples(stage, 'mine_total')).toEqual({ '': 5 });
    expect(samples(stage, 'level')).toEqual({ '': 4 });
    expect(samples(stage, 'others_total')).toEqual({ '': 0 });
    expect([...stage.model.customMetrics.uncounted]).toEqual([['odd', 1]]);
  });

  it('may feed one metric from several types, each with its own labels', () => {
    const hit = metric('counter', { value: 1, event: 'hit', labels: { result: '=hit' } });
    const miss = metric('counter', { value: 1, event: 'miss', labels: { result: '=miss' } });
    const stage = new Stage({ custom: [{ ...hit, feeds: [...hit.feeds, ...miss.feeds] }] });
    const worker = stage.worker();
    stage.deliver(...['hit', 'miss', 'hit'].map((type) => worker.make(type)));
    expect(samples(stage)).toEqual({ 'result="hit"': 2, 'result="miss"': 1 });
  });

  it('is told by the name and queue of its task, also where it overtook the events of its worker', () => {
    const { stage, worker } = livingWorker(undefined, { custom: [metric('counter', { labels: ofTask })] });
    stage.deliver(worker.make('told', { uuid: 'a', n: 1 }));
    expect(samples(stage)).toEqual({});
    stage.deliver(worker.received('a'), worker.started('a'));
    stage.deliver(worker.make('told', { uuid: 'a', n: 2 }));
    stage.deliver(stage.sent('a'));
    stage.wait(1);
    expect(samples(stage)).toEqual({ 'task="task",queue="queue"': 3 });
    stage.deliver(worker.make('told', { uuid: 'a', n: 4 }));
    expect(samples(stage)).toEqual({ 'task="task",queue="queue"': 7 });
  });

  it('waits three seconds for what its task is called, and no longer', () => {
    const { stage, worker } = livingWorker(undefined, { custom: [metric('counter', { labels: ofTask })] });
    stage.deliver(worker.make('told', { uuid: 'nobody', n: 1 }), worker.make('told', { n: 5 }));
    expect(samples(stage)).toEqual({ 'task="unknown",queue="unknown"': 5 });
    stage.wait(2);
    expect(samples(stage)).toEqual({ 'task="unknown",queue="unknown"': 5 });
    stage.wait(1);
    expect(samples(stage)).toEqual({ 'task="unknown",queue="unknown"': 6 });
  });

  it('that waited does not overwrite in a gauge what was said later', () => {
    const { stage, worker } = livingWorker(undefined, { custom: [metric('gauge', { labels: { task: '$task' } })] });
    stage.deliver(worker.make('told', { uuid: 'a', n: 10 }));
    stage.deliver(worker.received('b'), worker.received('a'), worker.make('told', { uuid: 'b', n: 20 }));
    expect(samples(stage)).toEqual({ 'task="task"': 20 });
    stage.wait(5);
    expect(samples(stage)).toEqual({ 'task="task"': 20 });
  });
});

describe('a gauge of running tasks', () => {
  const scene = (combine: 'sum' | 'min' | 'max' | 'avg') => {
    const made = livingWorker(undefined, { custom: [metric('gauge', { combine, labels: { task: '$task' } })] });
    const { stage, worker } = made;
    for (const id of ['a', 'b', 'c']) {
      stage.deliver(stage.sent(id), worker.received(id), worker.started(id));
    }
    return {
      ...made,
      tell: (id: string, n: number) => {
        stage.deliver(worker.make('told', { uuid: id, n }));
      },
    };
  };
  const SAMPLE = 'task="task"';

  it('combines the last word of each', () => {
    const expected = { sum: 60, min: 10, max: 30, avg: 20 } as const;
    for (const combine of ['sum', 'min', 'max', 'avg'] as const) {
      const { stage, tell } = scene(combine);
      tell('a', 99);
      tell('a', 10);
      tell('b', 20);
      tell('c', 30);
      expect([combine, samples(stage)]).toEqual([combine, { [SAMPLE]: expected[combine] }]);
    }
  });

  it('has an average where the sum is too large for a number', () => {
    const { stage, tell } = scene('avg');
    for (const id of ['a', 'b', 'c']) tell(id, 1.5e308);
    expect(samples(stage)[SAMPLE]).toBeCloseTo(1.5e308, -303);
  });

  it('forgets a task at once when it ends, whatever the end, and is gone with the last', () => {
    const { stage, worker, tell } = scene('sum');
    tell('a', 1);
    tell('b', 2);
    tell('c', 4);
    stage.deliver(worker.succeeded('a'));
    expect(samples(stage)).toEqual({ [SAMPLE]: 6 });
    stage.deliver(worker.retried('b'));
    expect(samples(stage)).toEqual({ [SAMPLE]: 4 });
    tell('a', 100);
    expect(samples(stage)).toEqual({ [SAMPLE]: 4 });
    stage.deliver(worker.failed('c'));
    expect(samples(stage)).toEqual({});
  });

  it('forgets the tasks of a worker that died', () => {
    const { stage, tell } = scene('sum');
    tell('a', 1);
    stage.wait(30);
    expect(samples(stage)).toEqual({ [SAMPLE]: 1 });
    stage.wait(120);
    expect(samples(stage)).toEqual({});
  });

  it('keeps a task of which only these events tell until it is silent for too long', () => {
    const { stage, worker } = livingWorker(undefined, { custom: [metric('gauge', { combine: 'sum', ttl: 60 })] });
    stage.deliver(worker.make('told', { uuid: 'quiet', n: 3 }));
    stage.wait(50);
    expect(samples(stage)).toEqual({ '': 3 });
    stage.deliver(worker.make('told', { uuid: 'quiet', n: 5 }));
    stage.wait(50);
    expect(samples(stage)).toEqual({ '': 5 });
    stage.wait(20);
    expect(samples(stage)).toEqual({});
  });

  it('has a task once only, under the labels that it told last', () => {
    const custom = [metric('gauge', { combine: 'sum', maxSeries: 2, labels: { stage: 'stage' } })];
    const { stage, worker } = livingWorker(undefined, { custom });
    for (const id of ['a', 'b']) stage.deliver(worker.received(id), worker.started(id));
    const tell = (uuid: string, step: string, n: number): void => {
      stage.deliver(worker.make('told', { uuid, stage: step, n }));
    };
    tell('a', 'load', 5);
    tell('b', 'load', 1);
    tell('a', 'parse', 7);
    expect(samples(stage)).toEqual({ 'stage="load"': 1, 'stage="parse"': 7 });
    expect(stage.model.customMetrics.metrics[0]?.size).toBe(2);
    // The one that it leaves makes room for the next.
    tell('b', 'write', 2);
    expect(samples(stage)).toEqual({ 'stage="parse"': 7, 'stage="write"': 2 });
    tell('b', 'parse', 3);
    expect(samples(stage)).toEqual({ 'stage="parse"': 10 });
    expect(stage.model.dropped.get('mine')).toBeUndefined();
    stage.deliver(worker.succeeded('a'), worker.succeeded('b'));
    expect(samples(stage)).toEqual({});
  });

  it('shows no old word of a task whose last one finds no room', () => {
    const custom = [metric('gauge', { combine: 'sum', maxSeries: 1, labels: { stage: 'stage' } })];
    const { stage, worker } = livingWorker(undefined, { custom });
    const words = [
      ['a', 'load', 5],
      ['b', 'load', 1],
      ['a', 'parse', 7],
    ] as const;
    for (const [uuid, step, n] of words) stage.deliver(worker.make('told', { uuid, stage: step, n }));
    expect(samples(stage)).toEqual({ 'stage="load"': 1 });
    expect(stage.model.dropped.get('mine')).toBe(1);
  });

  it('takes nothing from outside of a task', () => {
    const { stage, worker } = livingWorker(undefined, { custom: [metric('gauge', { combine: 'max' })] });
    stage.deliver(worker.make('told', { n: 3 }), worker.make('told', { n: 3, uuid: null }));
    expect([samples(stage), skipped(stage)]).toEqual([{}, { no_task: 2 }]);
  });
});

describe('the caps', () => {
  it('fold what is over them into other, but for gauges, and count it', () => {
    for (const type of ['counter', 'histogram', 'gauge'] as const) {
      const stage = new Stage({ custom: [metric(type, { maxSeries: 2, labels: { a: 'x', b: '=t' } })] });
      const worker = stage.worker();
      stage.deliver(...['1', '2', '3', '4', '1'].map((x) => worker.make('told', { n: 1, x })));
      const found = samples(stage);
      const labels = ['1', '2', ...(type === 'gauge' ? [] : ['other'])].map((a) =>
        a === 'other' ? 'a="other",b="other"' : `a="${a}",b="t"`,
      );
      expect([type, Object.keys(found)]).toEqual([type, labels]);
      expect(stage.model.dropped.get(type === 'counter' ? 'mine_total' : 'mine')).toBe(2);
      if (type === 'counter') expect(Object.values(found)).toEqual([2, 1, 2]);
    }
  });

  it('let silent series go, a counter without labels never', () => {
    const of = [
      metric('counter', { ttl: 60, labels: { a: 'x' } }),
      metric('counter', { ttl: 60, name: 'plain_total' }),
      metric('gauge', { ttl: 60, name: 'level' }),
    ];
    const stage = new Stage({ custom: of });
    const worker = stage.worker();
    stage.deliver(worker.make('told', { n: 1, x: 'old' }));
    stage.wait(50);
    stage.deliver(worker.make('told', { n: 1, x: 'new' }));
    stage.wait(30);
    expect(samples(stage, 'mine_total')).toEqual({ 'a="new"': 1 });
    stage.wait(60);
    expect([samples(stage, 'mine_total'), samples(stage, 'plain_total'), samples(stage, 'level')]).toEqual([
      {},
      { '': 2 },
      {},
    ]);
  });

  it('hold, whatever arrives: names, tasks, labels and types without end', () => {
    const labels = { task: '$task', a: 'x' };
    const stage = new Stage({
      custom: [
        metric('counter', { labels, maxSeries: 50 }),
        metric('gauge', { combine: 'sum', labels, maxSeries: 50 }),
      ],
    });
    const random = new Random(11);
    const worker = stage.worker();
    const odd: readonly unknown[] = [1, -1, 1e308, '1', null, [], {}, true, 'x'.repeat(2000), '\uD800'];
    for (let i = 0; i < 30_000; i++) {
      const fields = { uuid: random.chance(0.1) ? random.pick(odd) : random.uuid(), n: random.pick(odd), x: i };
      stage.deliver(worker.make(random.chance(0.5) ? 'told' : `type-${i}`, fields));
      if (i % 5000 === 0) stage.wait(4);
    }
    stage.wait(5);
    const { metrics, uncounted, uncountedOthers } = stage.model.customMetrics;
    expect(metrics.map(({ size }) => size <= 51)).toEqual([true, true]);
    expect(uncounted.size).toBe(50);
    expect(uncountedOthers).toBeGreaterThan(10_000);
    for (const value of Object.values(samples(stage, 'mine_total'))) expect(Number.isFinite(value)).toBe(true);
  });

  it('leave the words of Celery itself out of what nobody counts', () => {
    const stage = new Stage();
    stage.deliver(stage.worker().make('worker-elect'), stage.worker().make('worker-elect-ack'));
    expect(stage.model.customMetrics.uncounted.size).toBe(0);
  });
});

// The numbers by name and queue: how many pairs there may be, what is folded into other, and that forgetting mixes
// nothing up.
import { describe, expect, it } from '@jest/globals';
import { Random, Stage } from '../testing.js';

describe('the pairs of name and queue', () => {
  it('begin with every state at zero', () => {
    const stage = new Stage();
    stage.deliver(stage.sent('a'));
    const [series] = stage.model.tasks;
    expect([...(series?.states ?? [])]).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect([
      series?.running,
      series?.lost,
      series?.unresolved,
      series?.duration,
      series?.queueWait,
      series?.prefetchWait,
    ]).toEqual([0, 0, 0, undefined, undefined, undefined]);
  });

  it('are as many as allowed, and what is over goes to other, all of it, and is counted at each sighting', () => {
    const stage = new Stage({ series: { maxSeries: 2 } });
    const worker = stage.worker();
    for (const [id, queue] of [
      ['a', 'q1'],
      ['b', 'q2'],
      ['c', 'q3'],
      ['d', 'q4'],
      ['e', 'q1'],
    ] as const) {
      stage.deliver(stage.sent(id, { queue }), worker.received(id), worker.started(id), worker.succeeded(id));
    }
    const once = { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 };
    const twice = Object.fromEntries(Object.keys(once).map((what) => [what, 2]));
    expect(stage.all()).toEqual({ 'task|q1': twice, 'task|q2': once, 'other|other': twice });
    expect([...stage.model.dropped]).toEqual([['celery_tasks_total', 2]]);
  });

  it('that no pattern wants go to other without being counted as dropped', () => {
    const stage = new Stage({ series: { isWanted: (name) => name.startsWith('shop.') } });
    stage.deliver(
      stage.sent('a', { name: 'shop.buy' }),
      stage.sent('b', { name: 'spam' }),
      stage.worker().received('b', { name: 'spam' }),
    );
    expect(stage.all()).toEqual({ 'shop.buy|queue': { sent: 1 }, 'other|other': { sent: 1, received: 1 } });
    expect([...stage.model.dropped]).toEqual([]);
  });

  it('always have room for unknown, whatever the patterns and the cap say', () => {
    const stage = new Stage({ series: { maxSeries: 1, isWanted: (name) => name === 'task' } });
    stage.deliver(stage.sent('a'), stage.worker().succeeded('never seen before'));
    expect(stage.all()).toEqual({ 'task|queue': { sent: 1 }, 'unknown|unknown': { succeeded: 1, durations: 1 } });
    expect([...stage.model.dropped]).toEqual([]);
  });

  it('do not slip past the cap under the names other and unknown', () => {
    const stage = new Stage({ series: { maxSeries: 5 } });
    for (let i = 0; i < 50; i++) {
      stage.deliver(stage.sent(`a${String(i)}`, { name: 'other', queue: `q${String(i)}` }));
      stage.deliver(stage.sent(`b${String(i)}`, { name: 'unknown', queue: `q${String(i)}` }));
    }
    expect([...stage.model.tasks].length).toBe(6);
    expect(stage.counts('other', 'other')).toEqual({ sent: 95 });
  });

  it('are not mistaken for properties of objects, nor joined where names and queues run together', () => {
    const stage = new Stage();
    for (const [name, queue] of [
      ['__proto__', 'constructor'],
      ['a', 'b|c'],
      ['a|b', 'c'],
      ['a', ' b|c'],
    ] as const) {
      stage.deliver(stage.sent(`${name} ${queue}`, { name, queue }));
    }
    expect([...stage.model.tasks].map(({ task, queue, states }) => [task.name, queue, states[0]])).toEqual([
      ['__proto__', 'constructor', 1],
      ['a', 'b|c', 1],
      ['a', ' b|c', 1],
      ['a|b', 'c', 1],
    ]);
  });

  it('share the last success of their name', () => {
    const stage = new Stage();
    const worker = stage.worker();
    for (const queue of ['q1', 'q2']) {
      stage.wait(10);
      stage.deliver(stage.sent(queue, { queue }), worker.started(queue), worker.succeeded(queue));
    }
    const late = { ...worker.succeeded('q3'), timestamp: stage.now - 500 };
    stage.deliver(stage.sent('q3', { queue: 'q1' }), late);
    expect([...stage.model.tasks.names()]).toEqual([{ name: 'task', lastSuccess: stage.now }]);
  });
});

describe('exception classes', () => {
  it('are as many as allowed for one pair; the rest counts under other, and as dropped', () => {
    const stage = new Stage({ series: { maxExceptions: 2 } });
    const worker = stage.worker();
    for (const exception of ['A()', 'B()', 'C()', 'D()', 'A()', 'C()'])
      stage.deliver(worker.failed(`${exception} ${String(stage.now++)}`, exception));
    stage.deliver(stage.sent('x'), worker.failed('x', 'C()'));
    expect(stage.all()).toEqual({
      'unknown|unknown': { failed: 6, A: 2, B: 1, 'other exceptions': 3 },
      'task|queue': { sent: 1, failed: 1, C: 1 },
    });
    expect([...stage.model.dropped]).toEqual([['celery_task_failures_total', 3]]);
  });

  it('are unknown where no text names one', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.failed('a', ''), worker.failed('b', '???'), worker.failed('c', 'proj.errors.Boom: no'));
    expect(stage.counts('unknown', 'unknown')).toEqual({ failed: 3, unknown: 2, Boom: 1 });
  });
});

describe('a pair that is not heard of any more', () => {
  it('goes after its time, comes back at zero, and its room is free', () => {
    const stage = new Stage({ series: { maxSeries: 1 }, tracker: { taskTtl: 100 }, seriesTtl: 200 });
    stage.deliver(stage.sent('a'), stage.sent('b', { name: 'second' }));
    stage.wait(199);
    expect(Object.keys(stage.all())).toEqual(['task|queue', 'other|other']);
    stage.wait(100);
    expect([Object.keys(stage.all()), [...stage.model.tasks.names()]]).toEqual([[], []]);
    stage.deliver(stage.sent('c', { name: 'second' }), stage.sent('d'));
    expect(stage.all()).toEqual({ 'second|queue': { sent: 1 }, 'other|other': { sent: 1 } });
  });

  it('stays while anything of it runs', () => {
    const stage = new Stage({ tracker: { taskTtl: 1000 }, seriesTtl: 1001, workers: { quietSilence: 1e6 } });
    stage.deliver(stage.sent('a'), stage.worker().started('a'));
    stage.wait(999);
    expect(stage.counts()).toEqual({ sent: 1, started: 1, running: 1, queueWaits: 1 });
    stage.wait(100);
    expect(stage.counts()).toEqual({ sent: 1, started: 1, unresolved: 1, queueWaits: 1 });
    stage.wait(1100);
    expect(stage.all()).toEqual({});
  });

  it('stays while a task of it is still known: one that was lost with its worker, and comes again', () => {
    const stage = new Stage({ tracker: { taskTtl: 200 }, seriesTtl: 201 });
    const [one, two] = [stage.worker('celery@one'), stage.worker('celery@two')];
    stage.deliver(one.online(), stage.sent('a'), one.received('a'), one.started('a'));
    stage.beat(100, one);
    stage.wait(70);
    expect(stage.counts()).toMatchObject({ lost: 1 });
    stage.wait(120);
    for (let i = 0; i < 5; i++) stage.deliver(stage.sent(`x${String(i)}`, { name: `stranger ${String(i)}` }));
    stage.deliver(two.received('a'), two.started('a'), two.succeeded('a'));
    expect(stage.counts()).toEqual({
      sent: 1,
      received: 2,
      started: 2,
      lost: 1,
      succeeded: 1,
      queueWaits: 1,
      prefetchWaits: 2,
      durations: 1,
    });
    expect(Object.keys(stage.all()).length).toBe(6);
  });

  it('stays while a retry of one of its tasks waits for the end of the runs before', () => {
    const stage = new Stage({ tracker: { taskTtl: 200 }, seriesTtl: 201, workers: { quietSilence: 1e6 } });
    const workers = ['celery@one', 'celery@two', 'celery@three'].map((name) => stage.worker(name));
    stage.deliver(stage.sent('a', { queue: 'fast' }), ...workers.map((worker) => worker.started('a')));
    stage.wait(1);
    stage.deliver(stage.sent('a', { queue: 'slow', retries: 1 }));
    for (const worker of workers) {
      stage.wait(150);
      stage.deliver(stage.sent(worker.nodename, { name: 'stranger', queue: worker.nodename }), worker.retried('a'));
    }
    stage.deliver(...workers.slice(0, 1).flatMap((worker) => [worker.started('a'), worker.succeeded('a')]));
    expect(stage.counts('task', 'slow')).toEqual({ sent: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1 });
    expect(stage.counts('stranger', 'celery@three')).toEqual({ sent: 1 });
  });

  it('stays while a second run of a task is on, that is not heard of while the first is', () => {
    const stage = new Stage({ tracker: { taskTtl: 200 }, seriesTtl: 201, workers: { quietSilence: 1e6 } });
    const [one, two] = [stage.worker('celery@one'), stage.worker('celery@two')];
    stage.deliver(stage.sent('a', { queue: 'fast' }), one.started('a'));
    stage.wait(1);
    stage.deliver(stage.sent('a', { queue: 'slow', retries: 1 }), two.started('a'));
    for (let i = 0; i < 4; i++) {
      stage.wait(150);
      stage.deliver(one.received('a'), stage.sent('x', { name: 'stranger' }));
    }
    expect(stage.counts('task', 'slow')).toEqual({ sent: 1, started: 1, running: 1, queueWaits: 1 });
    stage.deliver(two.succeeded('a'));
    expect(stage.counts('task', 'slow')).toEqual({ sent: 1, started: 1, succeeded: 1, queueWaits: 1, durations: 1 });
  });

  it('stays while the first run of one of its tasks is not heard of, though its retry is', () => {
    const stage = new Stage({ tracker: { taskTtl: 200 }, seriesTtl: 201 });
    const worker = stage.worker();
    stage.deliver(stage.sent('a', { queue: 'fast' }));
    stage.wait(150);
    stage.deliver(stage.sent('a', { queue: 'slow', retries: 1 }));
    stage.wait(150);
    stage.deliver(stage.sent('x', { name: 'stranger' }), worker.started('a'));
    expect([stage.counts('task', 'fast'), stage.counts('stranger')]).toEqual([
      { sent: 1, started: 1, running: 1, queueWaits: 1 },
      { sent: 1 },
    ]);
  });

  it.each([1, 2, 3, 4])('never lends its numbers to another: a random life of many pairs (seed %p)', (seed) => {
    const random = new Random(seed);
    const stage = new Stage({
      series: { maxSeries: 8 },
      tracker: { taskTtl: 150, maxTasks: 30 },
      seriesTtl: 151,
      workers: { workerTtl: 200 },
    });
    const workers = [1, 2, 3].map((pid) => stage.worker(`celery@${String(pid)}`, pid));
    // What each pair must have counted since it came: sent is the one state that names its pair itself.
    const sent = new Map<object, number>();
    for (let step = 0; step < 4000; step++) {
      const id = String(random.below(40));
      const worker = random.pick(workers);
      const name = `task ${String(random.below(12))}`;
      switch (random.below(9)) {
        case 0: {
          stage.deliver(stage.sent(id, { name, queue: random.pick(['x', 'y']), retries: random.below(3) }));
          break;
        }
        case 1:
          stage.deliver(worker.received(id, { name, retries: random.below(3) }));
          break;
        case 2:
          stage.deliver(worker.started(id));
          break;
        case 3:
          stage.deliver(worker.succeeded(id));
          break;
        case 4:
          stage.deliver(worker.failed(id));
          break;
        case 5:
          stage.deliver(worker.retried(id));
          break;
        case 6:
          stage.deliver(worker.heartbeat());
          break;
        case 7:
          stage.deliver(worker.rejected(id, random.chance(0.5)));
          break;
        default:
          stage.wait(random.pick([0.5, 1, 3, 20, random.chance(0.05) ? 170 : 1]));
      }
      for (const series of stage.model.tasks) {
        if (stage.model.tasks.at(series.index) !== series)
          throw new Error(`step ${String(step)}: ${series.task.name} has lost its index`);
        const before = sent.get(series) ?? 0;
        if ((series.states[0] as number) < before || series.running < 0)
          throw new Error(`step ${String(step)}: ${series.task.name} fell`);
        sent.set(series, series.states[0] as number);
      }
    }
    const indexes = [...stage.model.tasks].map((series) => series.index);
    expect(new Set(indexes).size).toBe(indexes.length);
    expect(sent.size).toBeGreaterThan(20);
    // 8 pairs, `other`, `unknown`, and at most one for each task in the table that waits for its task-sent.
    expect(Math.max(...indexes)).toBeLessThan(10 + 30);
    stage.wait(400);
    expect([...stage.model.tasks].map((series) => series.running).filter((running) => running !== 0)).toEqual([]);
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 0 });
  });
});

// What Flower's metrics say of streams that no recording has: bounds, odd events, workers and senders that go.
import { PYTHON_BUCKETS } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { Stage, type StageSettings } from '../../tracking/testing.js';
import { type Page, pageOf } from '../testing-pages.js';
import { flowerFamilies } from './families.js';
import { bookOf } from './flower.js';
import type { FlowerBookSettings } from './flower-book.js';
import type { FlowerTtl } from './flower-tap.js';

interface Scene {
  readonly stage: Stage;
  /** The series whose names contain this, with their values. */
  readonly page: (part?: string) => Page;
}

function sceneOf(
  changes: Partial<FlowerBookSettings> = {},
  { ttl = {}, ...settings }: StageSettings & { readonly ttl?: Partial<FlowerTtl> } = {},
): Scene {
  const stage = new Stage(settings);
  const book = bookOf(
    stage.model,
    { runtimeBuckets: PYTHON_BUCKETS, maxSeries: 100, maxTypes: 20, maxTaken: 100, ...changes },
    { worker: 900, sender: 86_400, task: 86_400, ...ttl },
  );
  const page = (part = ''): Page => {
    const all = pageOf(flowerFamilies(book, stage.model, PYTHON_BUCKETS));
    return Object.fromEntries(Object.entries(all).filter(([series]) => series.includes(part)));
  };
  return { stage, page };
}

describe('events', () => {
  it('are counted one by one, second ones about one end too, a worker of its own for each sender', () => {
    const { stage, page } = sceneOf();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'), worker.failed('a'), worker.failed('a'));
    expect(page('events_total')).toEqual({
      'flower_events_total{task="task",type="task-sent",worker="gen7@client"}': 1,
      'flower_events_total{task="task",type="task-received",worker="celery@one"}': 1,
      'flower_events_total{task="task",type="task-started",worker="celery@one"}': 1,
      'flower_events_total{task="task",type="task-failed",worker="celery@one"}': 2,
    });
  });

  it("of the program's own count if they are called like a task's, whatever stands in their fields", () => {
    const { stage, page } = sceneOf();
    const worker = stage.worker();
    stage.deliver(
      worker.received('a'),
      worker.make('task-progress', { uuid: 'a' }),
      worker.make('task-progress', { uuid: 'a', name: 7, runtime: 'long' }),
      worker.make('task-progress', { uuid: { odd: true }, name: '', runtime: -1 }),
      worker.make('task-progress', { uuid: 'never seen', name: 'named', runtime: 2 }),
      worker.make(`task-${'x'.repeat(600)}`, { uuid: 'a' }),
      worker.make('group-happened', { uuid: 'a' }),
    );
    expect(page('events_total')).toEqual({
      'flower_events_total{task="task",type="task-received",worker="celery@one"}': 1,
      'flower_events_total{task="task",type="task-progress",worker="celery@one"}': 2,
      'flower_events_total{task="task",type="other",worker="celery@one"}': 1,
      'flower_events_total{task="",type="task-progress",worker="celery@one"}': 1,
      'flower_events_total{task="named",type="task-progress",worker="celery@one"}': 1,
    });
    expect(page('runtime_seconds_sum')).toEqual({
      'flower_task_runtime_seconds_sum{task="named",worker="celery@one"}': 2,
    });
  });

  it('of Celery with odd fields break no page', () => {
    const { stage, page } = sceneOf();
    const worker = stage.worker();
    stage.deliver(
      { ...worker.started('a'), name: 5 },
      { ...worker.failed('a'), name: '\ud800' },
      worker.succeeded('a', 0),
    );
    expect(Object.keys(page('events_total'))).toHaveLength(3);
    expect(page('runtime')).toEqual({});
  });

  it('of tasks that share one series with us do so here', () => {
    const { stage, page } = sceneOf({}, { series: { isWanted: (name) => name !== 'secret' } });
    const worker = stage.worker();
    stage.deliver(worker.received('a', { name: 'secret' }), worker.started('a'));
    expect(Object.keys(page()).filter((series) => series.includes('secret'))).toEqual([]);
    expect(page('task-started')).toEqual({
      'flower_events_total{task="other",type="task-started",worker="celery@one"}': 1,
    });
  });
});

describe('what a worker holds', () => {
  it('goes up when it takes a task, down when that begins, and never for one that is planned', () => {
    const { stage, page } = sceneOf();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.received('a'), worker.received('b'));
    stage.deliver(worker.received('later', { eta: stage.now + 60 }));
    expect(page('prefetched')).toEqual({ 'flower_worker_prefetched_tasks{task="task",worker="celery@one"}': 2 });
    expect(page('prefetch_time')).toEqual({});
    stage.beat(4, worker);
    stage.deliver(worker.started('a'));
    expect(page('prefetch')).toEqual({
      'flower_worker_prefetched_tasks{task="task",worker="celery@one"}': 1,
      'flower_task_prefetch_time_seconds{task="task",worker="celery@one"}': 4,
    });
    stage.deliver(worker.succeeded('a'), worker.revoked('b'));
    expect(Object.values(page('prefetch'))).toEqual([0, 0]);
  });

  it('is never below zero, however often a task begins and ends', () => {
    const { stage, page } = sceneOf();
    const worker = stage.worker();
    stage.deliver(worker.received('a'), worker.received('a'));
    for (let i = 0; i < 3; i++) stage.deliver(worker.started('a'), worker.revoked('a'), worker.failed('a'));
    expect(Object.values(page('prefetched'))).toEqual([0]);
  });

  it('is nothing once it has a new connection, or is down', () => {
    const { stage, page } = sceneOf();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.received('a'), worker.received('b'), worker.started('b'));
    stage.deliver(worker.online());
    expect(Object.values(page('prefetched'))).toEqual([0]);
    stage.deliver(worker.received('c'));
    expect(Object.values(page('prefetched'))).toEqual([1]);
    stage.beat(4, worker);
    stage.wait(30);
    expect(page()).toMatchObject({
      'flower_worker_online{worker="celery@one"}': 0,
      'flower_worker_number_of_currently_executing_tasks{worker="celery@one"}': 0,
      'flower_worker_prefetched_tasks{task="task",worker="celery@one"}': 0,
      'flower_task_prefetch_time_seconds{task="task",worker="celery@one"}': 0,
    });
  });

  it('is given up after the time that a task is followed', () => {
    const { stage, page } = sceneOf({}, { ttl: { task: 600 } });
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.received('a'));
    stage.beat(500, worker);
    expect(Object.values(page('prefetched'))).toEqual([1]);
    stage.beat(200, worker);
    expect(Object.values(page('prefetched'))).toEqual([0]);
  });

  it('has a cap', () => {
    const { stage, page } = sceneOf({ maxTaken: 3 });
    const worker = stage.worker();
    for (const id of ['a', 'b', 'c', 'd', 'e']) stage.deliver(worker.received(id));
    expect(Object.values(page('prefetched'))).toEqual([3]);
    for (const id of ['e', 'd', 'c', 'b', 'a']) stage.deliver(worker.started(id), worker.succeeded(id));
    expect(Object.values(page('prefetched'))).toEqual([0]);
    stage.deliver(worker.received('f'));
    expect(Object.values(page('prefetched'))).toEqual([1]);
  });
});

describe('series', () => {
  it('beyond the cap share one, and say so', () => {
    const { stage, page } = sceneOf({ maxSeries: 3 });
    const worker = stage.worker();
    for (let i = 0; i < 6; i++) stage.deliver(worker.received(`t${i}`, { name: `task${i}` }), worker.started(`t${i}`));
    expect(page('"other"')).toEqual({
      'flower_events_total{task="other",type="task-received",worker="other"}': 3,
      'flower_events_total{task="other",type="task-started",worker="other"}': 3,
    });
    expect(stage.model.dropped.get('flower_events_total')).toBe(6);
    expect(Object.values(page('prefetched{')).every((held) => held === 0)).toBe(true);
  });

  it('have a cap on the types that a task can make up', () => {
    const { stage, page } = sceneOf({ maxTypes: 4 });
    const worker = stage.worker();
    for (let i = 0; i < 10; i++) stage.deliver(worker.make(`task-step${i}`, { name: 'task' }));
    expect(Object.keys(page('events_total'))).toHaveLength(5);
    expect(Object.values(page('type="other"'))).toEqual([6]);
  });

  it('go with their worker, and those of a sender when it has been silent for long', () => {
    const { stage, page } = sceneOf({}, { workers: { workerTtl: 100 }, ttl: { worker: 100, sender: 1000 } });
    const worker = stage.worker();
    stage.deliver(worker.online(), stage.sent('a'), worker.received('a'), worker.started('a'), worker.succeeded('a'));
    stage.beat(6, worker);
    stage.wait(90);
    expect(Object.keys(page('celery@one')).length).toBeGreaterThan(5);
    stage.wait(180);
    expect(page('celery@one')).toEqual({});
    expect(Object.keys(page())).toEqual(['flower_events_total{task="task",type="task-sent",worker="gen7@client"}']);
    stage.wait(900);
    expect(page()).toEqual({});
  });

  it('of senders that are silent go sooner where there is hardly room', () => {
    const { stage, page } = sceneOf({ maxSeries: 10 });
    for (let pid = 0; pid < 10; pid++) stage.deliver({ ...stage.sent(`t${pid}`), hostname: `gen${pid}@client` });
    stage.wait(3500);
    expect(Object.keys(page())).toHaveLength(10);
    stage.wait(200);
    expect(page()).toEqual({});
  });
});

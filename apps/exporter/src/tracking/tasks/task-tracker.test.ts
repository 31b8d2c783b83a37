// What is known of a task and for how long: its queue and name, its waits, a full table, rows that age out.
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../testing.js';

describe('the queue of a task', () => {
  it('is what task-sent says, whatever its worker consumes', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online());
    stage.known().queues = [{ name: 'only', exchange: 'only' }];
    stage.deliver(stage.sent('a', { queue: 'told' }), worker.received('a'), worker.started('a'), worker.succeeded('a'));
    expect(Object.keys(stage.all())).toEqual(['task|told']);
    expect(stage.model.tracker.queueRules.counts).toEqual({ sent: 1, only_queue: 0, last_queue: 0, unknown: 0 });
  });

  it('is learnt by the best rule that serves, and each task says which', () => {
    const stage = new Stage();
    const [one, two] = [stage.worker('celery@one'), stage.worker('celery@two')];
    stage.deliver(one.online(), two.online());
    stage.known('celery@one').queues = [{ name: 'only', exchange: '' }];
    stage.known('celery@two').queues = [
      { name: 'x', exchange: '' },
      { name: 'y', exchange: '' },
    ];
    stage.deliver(two.received('before anything'), two.started('before anything'), two.succeeded('before anything'));
    stage.deliver(stage.sent('a', { queue: 'told' }), two.received('a'));
    stage.deliver(one.received('b'), one.started('b'), one.failed('b'));
    stage.deliver(two.received('c'), two.started('c'), two.retried('c'));
    stage.deliver(two.received('d', { name: 'another' }));
    expect(stage.all()).toEqual({
      'task|unknown': { received: 1, started: 1, succeeded: 1, prefetchWaits: 1, durations: 1 },
      'task|told': { sent: 1, received: 2, started: 1, retried: 1, prefetchWaits: 1 },
      'task|only': { received: 1, started: 1, failed: 1, ValueError: 1, prefetchWaits: 1, durations: 1 },
      'another|unknown': { received: 1 },
    });
    expect(stage.model.tracker.queueRules.counts).toEqual({ sent: 1, only_queue: 1, last_queue: 1, unknown: 2 });
  });

  it('is unknown where task-sent names none, and no such queue is learnt', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(
      stage.sent('a', { queue: null }),
      worker.received('a'),
      worker.started('a'),
      worker.succeeded('a'),
      worker.received('b'),
    );
    expect(stage.all()).toEqual({
      'task|unknown': { sent: 1, received: 2, started: 1, succeeded: 1, queueWaits: 1, prefetchWaits: 1, durations: 1 },
    });
    expect(stage.model.tracker.queueRules.counts).toEqual({ sent: 0, only_queue: 0, last_queue: 0, unknown: 2 });
  });

  it('is what the task-sent of a retry says, also where that is the first one that was heard', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online());
    stage.known().queues = [{ name: 'only', exchange: '' }];
    stage.deliver(
      worker.received('a'),
      worker.started('a'),
      stage.sent('a', { queue: 'slow', retries: 1 }),
      worker.retried('a'),
    );
    stage.deliver(worker.received('a', { retries: 1 }), worker.started('a'), worker.succeeded('a'));
    expect(stage.counts('task', 'slow')).toEqual({
      sent: 1,
      received: 1,
      started: 1,
      succeeded: 1,
      durations: 1,
      queueWaits: 1,
      prefetchWaits: 1,
    });
  });

  it('is asked for anew after the process of its worker has changed', () => {
    const stage = new Stage();
    const [old, young] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(old.online());
    stage.known().queues = [{ name: 'only', exchange: '' }];
    stage.deliver(old.received('a'), young.online(), young.received('b'));
    expect(stage.all()).toEqual({ 'task|only': { received: 1 }, 'task|unknown': { received: 1 } });
  });
});

describe('the name of a task', () => {
  it('is the real one of task-sent, not the shadow that its worker tells', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(
      stage.sent('a'),
      worker.received('a', { name: 'task for tenant 42' }),
      worker.started('a'),
      worker.succeeded('a'),
    );
    expect(Object.keys(stage.all())).toEqual(['task|queue']);
  });

  it('is the shadow where nothing else tells it', () => {
    const stage = new Stage();
    stage.deliver(stage.worker().received('a', { name: 'shadow' }));
    expect(Object.keys(stage.all())).toEqual(['shadow|unknown']);
  });
});

describe('the waits of a task', () => {
  function sums(stage: Stage): (number | undefined)[] {
    const [series] = stage.model.tasks;
    return [series?.queueWait?.sum, series?.prefetchWait?.sum];
  }

  it('begin with sent and with received', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'));
    stage.wait(4);
    stage.deliver(worker.received('a'));
    stage.wait(3);
    stage.deliver(worker.started('a'));
    expect(sums(stage)).toEqual([7, 3]);
  });

  it('begin with the ETA where that is later', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const eta = stage.now + 100;
    stage.deliver(stage.sent('a', { eta }));
    stage.wait(4);
    stage.deliver(worker.received('a', { eta }));
    stage.wait(102);
    stage.deliver(worker.started('a'));
    expect(sums(stage)).toEqual([6, 6]);
  });

  it('do not begin with an ETA that lies in the past', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const eta = stage.now - 1000;
    stage.deliver(stage.sent('a', { eta }));
    stage.wait(4);
    stage.deliver(worker.received('a', { eta }));
    stage.wait(3);
    stage.deliver(worker.started('a'));
    expect(sums(stage)).toEqual([7, 3]);
  });

  it('in the queue begin with the ETA that received tells, where no task-sent comes', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const eta = stage.now + 100;
    stage.deliver(worker.received('a', { eta }), worker.received('b'));
    stage.wait(105);
    stage.deliver(worker.started('a'), worker.started('b'));
    expect(sums(stage)).toEqual([5, 5 + 105]);
    expect(stage.counts('task', 'unknown')).toMatchObject({ queueWaits: 1, prefetchWaits: 2 });
  });

  it('are 0 where a clock runs behind, and none where the ETA cannot be read', () => {
    const stage = new Stage();
    const worker = stage.worker();
    worker.skew = -3;
    stage.deliver(stage.sent('a'), { ...worker.received('a'), eta: 'tomorrow' }, worker.started('a'));
    expect([sums(stage), stage.counts()]).toEqual([
      [0, 0],
      { sent: 1, received: 1, started: 1, running: 1, queueWaits: 1, prefetchWaits: 1 },
    ]);
  });

  it('understand any offset from UTC', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const local = new Date((stage.now + 10 + 9 * 3600) * 1000).toISOString().replace('Z', '+09:00');
    stage.deliver({ ...stage.sent('a'), eta: local });
    stage.wait(11);
    stage.deliver(worker.received('a'), worker.started('a'));
    expect(sums(stage)).toEqual([1, 0]);
  });
});

describe('a full table', () => {
  it('puts out what has waited longest, counts it, and counts its later events under unknown', () => {
    const stage = new Stage({ tracker: { maxTasks: 3 } });
    const worker = stage.worker();
    for (const id of ['a', 'b', 'c', 'd', 'e']) stage.deliver(stage.sent(id));
    expect([stage.model.tracker.evicted, stage.rows]).toEqual([
      { waiting: 2, running: 0 },
      { waiting: 3, running: 0, ended: 0 },
    ]);
    stage.deliver(worker.started('e'), worker.succeeded('e'), worker.started('a'), worker.succeeded('a'));
    expect(stage.all()).toEqual({
      'task|queue': { sent: 5, started: 1, succeeded: 1, durations: 1, queueWaits: 1 },
      'unknown|unknown': { started: 1, succeeded: 1, durations: 1 },
    });
    // The ended row of e made room for a.
    expect(stage.model.tracker.evicted).toEqual({ waiting: 2, running: 0 });
  });

  it('takes the running gauge back for what it puts out, and ends nothing twice', () => {
    const stage = new Stage({ tracker: { maxTasks: 3 } });
    const worker = stage.worker();
    stage.deliver(worker.online());
    for (const id of ['a', 'b', 'c', 'd', 'e']) stage.deliver(worker.started(id));
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 5, running: 3 });
    expect([stage.model.tracker.evicted, stage.known().current()?.runs]).toEqual([{ waiting: 0, running: 2 }, 3]);
    for (const id of ['a', 'b', 'c', 'd', 'e']) stage.deliver(worker.succeeded(id));
    expect(stage.counts('unknown', 'unknown')).toMatchObject({ started: 5, succeeded: 5 });
    stage.beat(4, worker);
    expect(stage.counts('unknown', 'unknown')?.['running']).toBeUndefined();
    expect(stage.known().current()?.runs).toBe(0);
  });

  it('keeps several runs of one task together when it puts them out', () => {
    const stage = new Stage({ tracker: { maxTasks: 1 } });
    const [one, two] = [stage.worker('celery@one'), stage.worker('celery@two')];
    stage.deliver(one.started('a'), two.started('a'), one.started('a'));
    stage.deliver(one.started('b'));
    expect([stage.counts('unknown', 'unknown'), stage.model.tracker.evicted]).toEqual([
      { started: 4, running: 1 },
      { waiting: 0, running: 1 },
    ]);
    stage.deliver(one.succeeded('b'));
    expect([stage.known('celery@one').current()?.runs, stage.known('celery@two').current()?.runs]).toEqual([0, 0]);
  });

  it('keeps no more than a quarter of itself for tasks that have ended', () => {
    const stage = new Stage({ tracker: { maxTasks: 100 } });
    const worker = stage.worker();
    for (let i = 0; i < 90; i++) stage.deliver(worker.succeeded(String(i)));
    stage.wait(1);
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 25 });
    expect(stage.model.tracker.evicted).toEqual({ waiting: 0, running: 0 });
    stage.wait(60);
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 0 });
  });
});

describe('a task of which nothing more is heard', () => {
  it('is given up after its time: waiting without a trace, running as unresolved', () => {
    const stage = new Stage({ tracker: { taskTtl: 100 }, workers: { quietSilence: 1e6 } });
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), stage.sent('b'), worker.received('b'), worker.started('b'));
    stage.wait(100);
    expect([stage.rows, stage.counts()?.['running']]).toEqual([{ waiting: 1, running: 1, ended: 0 }, 1]);
    stage.wait(1);
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 0 });
    expect(stage.counts()).toEqual({
      sent: 2,
      received: 1,
      started: 1,
      unresolved: 1,
      queueWaits: 1,
      prefetchWaits: 1,
    });
    expect([stage.model.tracker.expired, stage.known().current()?.runs]).toEqual([{ waiting: 1, running: 1 }, 0]);
  });

  it('is given more time by each event', () => {
    const stage = new Stage({ tracker: { taskTtl: 100 } });
    const worker = stage.worker();
    stage.deliver(stage.sent('a'));
    stage.wait(90);
    stage.deliver(worker.received('a'));
    stage.wait(90);
    expect(stage.rows).toEqual({ waiting: 1, running: 0, ended: 0 });
    stage.wait(20);
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 0 });
  });

  it('is unresolved with all of its runs', () => {
    const stage = new Stage({ tracker: { taskTtl: 100 }, workers: { quietSilence: 1e6 } });
    stage.deliver(stage.worker('celery@one').started('a'), stage.worker('celery@two').started('a'));
    stage.wait(102);
    expect([stage.counts('unknown', 'unknown'), stage.model.tracker.expired]).toEqual([
      { started: 2, unresolved: 2 },
      { waiting: 0, running: 1 },
    ]);
  });

  it('that has ended stays known for a minute, so that a second event about it is one', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.failed('a'));
    stage.wait(59);
    stage.deliver(worker.failed('a'));
    expect([stage.counts('unknown', 'unknown')?.['failed'], stage.duplicates]).toEqual([1, { failed: 1 }]);
  });

  it('that has ended is forgotten sooner where its time is shorter than a minute, so that its series may be', () => {
    const stage = new Stage({ tracker: { taskTtl: 5 }, seriesTtl: 6 });
    const worker = stage.worker();
    stage.wait(40);
    stage.deliver(stage.sent('a'), worker.started('a'), worker.succeeded('a'));
    stage.wait(25);
    expect(stage.all()).toEqual({});
    stage.deliver(worker.succeeded('a'));
    expect(stage.all()).toEqual({ 'unknown|unknown': { succeeded: 1, durations: 1 } });
  });
});

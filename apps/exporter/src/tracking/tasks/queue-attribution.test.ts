// Tasks whose task-sent comes after the worker's events: nothing counts under a guess while the truth may still come.
import { describe, expect, it } from '@jest/globals';
import { type FakeWorker, Stage } from '../testing.js';

/** What `/metrics` would show now, without waiting for anything. */
function shown(stage: Stage): readonly string[] {
  return [...stage.model.tasks].map(({ task, queue }) => `${task.name}|${queue}`);
}

function run(stage: Stage, worker: FakeWorker, id: string): void {
  stage.deliver(worker.received(id), worker.started(id), worker.succeeded(id));
}

const WHOLE = { received: 1, started: 1, succeeded: 1, durations: 1, prefetchWaits: 1 };

describe('a task that is received before its task-sent', () => {
  it('counts on two queues as its senders say, whichever event overtakes the other', () => {
    const stage = new Stage();
    const worker = stage.worker();
    for (let i = 0; i < 300; i++) {
      const id = String(i);
      const sent = stage.sent(id, { queue: i % 3 === 0 ? 'images' : 'mail' });
      stage.now += 0.03;
      const late = i % 4;
      if (late === 0) stage.deliver(sent);
      stage.deliver(worker.received(id));
      if (late === 1) stage.deliver(sent);
      stage.deliver(worker.started(id));
      if (late === 2) stage.deliver(sent);
      stage.deliver(worker.succeeded(id));
      if (late === 3) stage.deliver(sent);
    }
    const counts = (n: number): Record<string, number> => ({
      sent: n,
      received: n,
      started: n,
      succeeded: n,
      durations: n,
      queueWaits: n,
      prefetchWaits: n,
    });
    expect(stage.all()).toEqual({ 'task|images': counts(100), 'task|mail': counts(200) });
    expect(stage.model.tracker.queueRules.counts).toEqual({ sent: 300, only_queue: 0, last_queue: 0, unknown: 0 });
  });

  it('does not show meanwhile, and goes to its guess when the time for a task-sent is over', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('before', { queue: 'told' }));
    run(stage, worker, 'a');
    stage.wait(1.5);
    expect(shown(stage)).toEqual(['task|told']);
    expect([...stage.model.tasks][0]?.states.slice(1)).toEqual(new Float64Array(8));
    stage.wait(1);
    expect([...stage.model.tasks][0]?.states[1]).toBe(1);
    expect(stage.counts('task', 'told')).toEqual({ sent: 1, ...WHOLE });
    expect(stage.model.tracker.queueRules.counts.last_queue).toBe(1);
  });

  it('counts once and for all under its guess: a task-sent after that moves nothing', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const sent = stage.sent('a');
    run(stage, worker, 'a');
    stage.wait(3);
    stage.deliver(sent);
    // But the wait was in the queue that it names, and has counted nowhere yet.
    expect(stage.all()).toEqual({ 'task|unknown': WHOLE, 'task|queue': { sent: 1, queueWaits: 1 } });
  });

  it('counts at once where its worker consumes a single queue, and still has its wait', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online());
    stage.known().queues = [{ name: 'queue', exchange: '' }];
    const sent = stage.sent('a');
    stage.now += 0.5;
    run(stage, worker, 'a');
    expect(shown(stage)).toEqual(['task|queue']);
    stage.deliver(sent);
    expect(stage.counts()).toEqual({ sent: 1, ...WHOLE, queueWaits: 1 });
    expect([...stage.model.tasks][0]?.queueWait?.sum).toBe(0.5);
  });

  it('has a wait of zero where its sender says so after it began, as Celery does: it publishes first', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.received('a'), worker.started('a'));
    stage.now += 0.01;
    stage.deliver(stage.sent('a'), worker.succeeded('a'));
    expect([stage.counts()?.['queueWaits'], [...stage.model.tasks][0]?.queueWait?.sum]).toEqual([1, 0]);
  });

  it('is not waited for where the senders of its name have been silent for long, and is again once one speaks', () => {
    const stage = new Stage();
    const worker = stage.worker();
    for (let i = 0; i < 20; i++) run(stage, worker, String(i));
    stage.wait(3);
    run(stage, worker, 'silent');
    expect([...stage.model.tasks][0]?.states[1]).toBe(21);
    stage.deliver(stage.sent('x'));
    run(stage, worker, 'awaited');
    expect([...stage.model.tasks].map(({ states }) => states[1])).toEqual([21, 0]);
    expect(stage.counts()).toEqual({ sent: 1, ...WHOLE });
  });

  it('fails, is lost and runs on for its true queue', () => {
    const stage = new Stage();
    const [one, two] = [stage.worker('celery@one'), stage.worker('celery@two')];
    const sent = ['a', 'b', 'c'].map((id) => stage.sent(id));
    stage.deliver(one.received('a'), one.started('a'), one.failed('a', 'proj.errors.Boom: no'));
    stage.deliver(one.received('b'), one.started('b'), two.received('b'), two.started('b'), two.succeeded('b'));
    stage.deliver(two.received('c'), two.started('c'), ...sent);
    expect(stage.counts()).toMatchObject({ sent: 3, received: 4, started: 4, failed: 1, Boom: 1, running: 2 });
    stage.wait(120);
    expect(stage.counts()).toMatchObject({ lost: 2 });
    expect(stage.counts()?.['running']).toBeUndefined();
    expect(Object.keys(stage.all())).toEqual(['task|queue']);
  });

  it('counts under its guess when its row must go, and when the broker is gone', () => {
    const stage = new Stage({ tracker: { maxTasks: 2 } });
    const worker = stage.worker();
    for (const id of ['a', 'b', 'c']) stage.deliver(worker.received(id));
    expect([...stage.model.tasks].map(({ states }) => states[1])).toEqual([1]);
    stage.model.listening(undefined);
    expect([...stage.model.tasks].map(({ states }) => states[1])).toEqual([3]);
  });

  it('never keeps more than five thousand waiting', () => {
    const stage = new Stage();
    const worker = stage.worker();
    for (let i = 0; i < 6000; i++) stage.deliver(worker.received(String(i), { name: `task ${String(i % 500)}` }));
    const received = [...stage.model.tasks].reduce((sum, { states }) => sum + (states[1] as number), 0);
    expect(received).toBe(1000);
  });

  it('keeps a name that is over the cap, or not wanted, out of what may wait', () => {
    const stage = new Stage({ series: { maxSeries: 1, isWanted: (name) => name !== 'secret' } });
    const worker = stage.worker();
    stage.deliver(worker.received('a', { name: 'secret' }), stage.sent('b'), worker.received('c', { name: 'second' }));
    expect(shown(stage)).toEqual(['other|other', 'task|queue']);
  });

  it.each([
    ['a clock that is set right by nine days', 9 * 86_400, { tracker: { taskTtl: 86_400 }, seriesTtl: 8 * 86_400 }],
    ['the shortest times that are allowed', 70, { tracker: { taskTtl: 60 }, seriesTtl: 61 }],
  ])('settles in a series without making that older than what was heard of it: %s', (_, leap, settings) => {
    const stage = new Stage(settings);
    const worker = stage.worker();
    stage.deliver(stage.sent('before', { queue: 'q' }), worker.received('held'));
    stage.now += leap;
    // The series is heard of now, and then settled in by a task that was held long ago.
    stage.deliver(stage.sent('a', { queue: 'q' }));
    stage.model.tick(stage.now);
    stage.deliver(worker.received('a'), worker.started('a'), worker.succeeded('a'));
    expect(stage.counts('task', 'q')).toMatchObject({ sent: 2, received: 2, succeeded: 1 });
  });

  it('keeps a series alive that a row waits for, when the clock is set back for a while', () => {
    const stage = new Stage({ tracker: { taskTtl: 86_400 }, seriesTtl: 8 * 86_400 });
    const worker = stage.worker();
    stage.deliver(stage.sent('waits'));
    stage.now -= 9 * 86_400;
    stage.deliver(stage.sent('meanwhile'));
    stage.now += 9 * 86_400;
    stage.model.tick(stage.now);
    stage.deliver(worker.received('waits'), worker.started('waits'), worker.succeeded('waits'));
    expect(stage.counts()).toMatchObject({ sent: 2, received: 1, succeeded: 1 });
  });

  it('does not take a lost connection for senders that are silent', () => {
    const stage = new Stage();
    const worker = stage.worker();
    for (let i = 0; i < 30; i++) stage.deliver(worker.received(`cut ${String(i)}`, { name: 'slow' }));
    stage.model.listening(undefined);
    stage.model.listening(stage.now);
    const sent = stage.sent('a', { name: 'slow' });
    run(stage, worker, 'b');
    stage.deliver(worker.received('a', { name: 'slow' }), sent);
    expect(stage.counts('slow', 'queue')).toEqual({ sent: 1, received: 1 });
  });
});

describe('a retry that is received before its task-sent', () => {
  /** A first run through `queue`, with everything in order. */
  function retried(): { stage: Stage; worker: FakeWorker } {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'), worker.retried('a'));
    stage.wait(1);
    return { stage, worker };
  }
  const FIRST = { sent: 1, received: 1, started: 1, retried: 1, queueWaits: 1, prefetchWaits: 1 };

  it('counts in the queue that it was sent to', () => {
    for (const late of [1, 2, 3]) {
      const { stage, worker } = retried();
      const steps = [worker.received('a', { retries: 1 }), worker.started('a'), worker.succeeded('a')];
      steps.splice(late, 0, stage.sent('a', { queue: 'slow', retries: 1 }));
      stage.deliver(...steps);
      expect([late, stage.all()]).toEqual([
        late,
        { 'task|queue': FIRST, 'task|slow': { sent: 1, ...WHOLE, queueWaits: 1 } },
      ]);
      expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 1 });
    }
  });

  it('counts in the queue of the run before where none comes, and that is no guess of a rule', () => {
    const { stage, worker } = retried();
    stage.deliver(worker.received('a', { retries: 1 }), worker.started('a'), worker.succeeded('a'));
    stage.wait(3);
    expect(stage.counts()).toEqual({ ...FIRST, received: 2, started: 2, prefetchWaits: 2, succeeded: 1, durations: 1 });
    expect(stage.model.tracker.queueRules.counts).toEqual({ sent: 1, only_queue: 0, last_queue: 0, unknown: 0 });
  });
});

describe('a task-sent that comes after its run was retried', () => {
  it('is no new publication: the retry keeps its queue and its wait, and no row waits for ever', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const first = stage.sent('a');
    stage.wait(1);
    stage.deliver(worker.received('a'), worker.started('a'), stage.sent('a', { queue: 'slow', retries: 1 }));
    stage.deliver(worker.retried('a'), first);
    stage.wait(1);
    stage.deliver(worker.received('a', { retries: 1 }), worker.started('a'), worker.succeeded('a'));
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 1 });
    expect(stage.all()).toEqual({
      'task|queue': { sent: 1, received: 1, started: 1, retried: 1, queueWaits: 1, prefetchWaits: 1 },
      'task|slow': { sent: 1, ...WHOLE, queueWaits: 1 },
    });
  });
});

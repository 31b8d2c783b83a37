// The life cycles that were recorded from real workers (docs/protocol/events.md#life-cycles), one after the other, with
// every number they leave behind.
import { describe, expect, it } from '@jest/globals';
import { type FakeWorker, Stage } from '../testing.js';

/** What a task has counted once it was sent, received and started. */
const BEGUN = { sent: 1, received: 1, started: 1, queueWaits: 1, prefetchWaits: 1 };

/** A worker that is up, and a task that it runs since two seconds, sent five seconds ago. */
function runningTask(): { stage: Stage; worker: FakeWorker } {
  const stage = new Stage();
  const worker = stage.worker();
  stage.deliver(worker.online());
  stage.deliver(stage.sent('a'));
  stage.wait(1);
  stage.deliver(worker.received('a'));
  stage.wait(2);
  stage.deliver(worker.started('a'));
  stage.beat(2, worker);
  return { stage, worker };
}

/** Nothing but these numbers may be left: no other pair, no row that waits or runs. */
function expectOnly(stage: Stage, numbers: Record<string, number>, rows = { waiting: 0, running: 0, ended: 1 }): void {
  expect(stage.all()).toEqual({ 'task|queue': numbers });
  expect(stage.rows).toEqual(rows);
}

describe('a task', () => {
  it('is running between started and its end, and counts once in each state', () => {
    const { stage, worker } = runningTask();
    expectOnly(stage, { ...BEGUN, running: 1 }, { waiting: 0, running: 1, ended: 0 });
    stage.deliver(worker.succeeded('a', 1.5));
    expectOnly(stage, { ...BEGUN, succeeded: 1, durations: 1 });
    expect([...stage.known().states]).toEqual([0, 1, 1, 1, 0, 0, 0, 0, 0]);
  });

  it("that succeeds has the worker's own run time, waits from sent and from received, and marks the last success", () => {
    const { stage, worker } = runningTask();
    const ended = worker.succeeded('a', 1.5);
    stage.deliver(ended);
    const [series] = stage.model.tasks;
    expect([series?.duration?.sum, series?.queueWait?.sum, series?.prefetchWait?.sum]).toEqual([1.5, 3, 2]);
    expect(series?.task.lastSuccess).toBe(ended.timestamp);
  });

  it('that fails has the time from started to failed as its run time, and its exception', () => {
    const { stage, worker } = runningTask();
    stage.deliver(worker.failed('a', "KeyError('x')"));
    expectOnly(stage, { ...BEGUN, failed: 1, durations: 1, KeyError: 1 });
    const [series] = stage.model.tasks;
    expect([series?.duration?.sum, series?.task.lastSuccess]).toEqual([2, 0]);
  });

  it('whose exception is hidden has the class of the last line of its traceback', () => {
    const { stage, worker } = runningTask();
    const traceback =
      'Traceback (most recent call last):\n  File "x", line 1\nbilliard.exceptions.TimeLimitExceeded: TimeLimitExceeded(1.5,)\n';
    stage.deliver(worker.failed('a', 'ExceptionWithTraceback()', traceback));
    expectOnly(stage, { ...BEGUN, failed: 1, durations: 1, TimeLimitExceeded: 1 });
  });

  it('that raises Ignore says nothing more: two idle heartbeats end it as unresolved', () => {
    const { stage, worker } = runningTask();
    worker.active = 0;
    stage.beat(2, worker);
    expectOnly(stage, { ...BEGUN, running: 1 }, { waiting: 0, running: 1, ended: 0 });
    stage.beat(2, worker);
    expectOnly(stage, { ...BEGUN, unresolved: 1 });
    stage.beat(20, worker);
    expectOnly(stage, { ...BEGUN, unresolved: 1 });
  });

  it('that began after the first of two idle heartbeats is not ended by them', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online());
    stage.beat(4, worker);
    stage.wait(1);
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    worker.active = 0;
    stage.beat(2, worker);
    expect(stage.counts()).toEqual({ ...BEGUN, running: 1 });
    stage.beat(2, worker);
    expect(stage.counts()).toEqual({ ...BEGUN, unresolved: 1 });
  });

  it('that runs on while others end is not touched by busy heartbeats', () => {
    const { stage, worker } = runningTask();
    stage.beat(60, worker);
    expect(stage.counts()).toEqual({ ...BEGUN, running: 1 });
  });

  it('is not ended by one idle heartbeat that arrives twice', () => {
    const { stage, worker } = runningTask();
    worker.active = 0;
    stage.wait(2);
    const beat = worker.heartbeat();
    stage.deliver(beat);
    stage.deliver(beat);
    expect(stage.counts()).toEqual({ ...BEGUN, running: 1 });
  });

  it('that was rejected and dropped has ended', () => {
    const { stage, worker } = runningTask();
    stage.deliver(worker.rejected('a', false));
    expectOnly(stage, { ...BEGUN, rejected: 1 });
  });

  it('that is rejected as Celery after 5.6 says it, failed and then rejected, was rejected once and has not failed', () => {
    const { stage, worker } = runningTask();
    const traceback =
      'Traceback (most recent call last):\n  File "x", line 1\ncelery.exceptions.Reject: (\'no\', False)\n';
    stage.deliver(worker.failed('a', "Reject('no', requeue=False)", traceback), worker.rejected('a', false));
    expectOnly(stage, { ...BEGUN, rejected: 1 });
    expect(stage.duplicates).toEqual({ rejected: 1 });
  });

  it('that really failed and whose message is then rejected counts in both', () => {
    const { stage, worker } = runningTask();
    stage.deliver(worker.failed('a'), worker.rejected('a', false));
    expectOnly(stage, { ...BEGUN, failed: 1, rejected: 1, durations: 1, ValueError: 1 });
    expect(stage.duplicates).toEqual({});
  });

  it('that is rejected and put back, again and again, counts each execution', () => {
    const { stage, worker } = runningTask();
    for (let i = 0; i < 30; i++) {
      stage.deliver(worker.rejected('a', true));
      expect(stage.rows).toEqual({ waiting: 1, running: 0, ended: 0 });
      stage.wait(0.25);
      stage.deliver(worker.received('a'), worker.started('a'));
    }
    stage.deliver(worker.succeeded('a'));
    expectOnly(stage, {
      sent: 1,
      received: 31,
      started: 31,
      rejected: 30,
      succeeded: 1,
      queueWaits: 1,
      prefetchWaits: 31,
      durations: 1,
    });
    expect(stage.duplicates).toEqual({});
  });

  it('whose child was killed, early acked, has failed', () => {
    const { stage, worker } = runningTask();
    stage.deliver(worker.failed('a', "WorkerLostError('Worker exited prematurely: signal 9 (SIGKILL) Job: 1.')"));
    expectOnly(stage, { ...BEGUN, failed: 1, durations: 1, WorkerLostError: 1 });
  });

  it('whose child was killed, late acked, is put back and runs again', () => {
    const { stage, worker } = runningTask();
    stage.deliver(worker.rejected('a', true), worker.received('a'), worker.started('a'), worker.succeeded('a'));
    expectOnly(stage, {
      sent: 1,
      received: 2,
      started: 2,
      rejected: 1,
      succeeded: 1,
      queueWaits: 1,
      prefetchWaits: 2,
      durations: 1,
    });
  });

  it('that hits its hard time limit and fails twice about one execution counts once', () => {
    const { stage, worker } = runningTask();
    stage.deliver(worker.failed('a', 'TimeLimitExceeded(1.5)'));
    stage.wait(0.5);
    stage.deliver(worker.failed('a', "WorkerLostError('signal 9')"));
    expectOnly(stage, { ...BEGUN, failed: 1, durations: 1, TimeLimitExceeded: 1 });
    expect(stage.duplicates).toEqual({ failed: 1 });
    expect([...stage.known().states]).toEqual([0, 1, 1, 0, 1, 0, 0, 0, 0]);
  });

  it('that is terminated on Celery 4.4 is revoked twice, once with a number and once with a text, and counts once', () => {
    const { stage, worker } = runningTask();
    stage.deliver(
      worker.revoked('a', { terminated: true, signum: 15 }),
      worker.revoked('a', { terminated: true, signum: '15' }),
    );
    expectOnly(stage, { ...BEGUN, revoked: 1 });
    expect(stage.duplicates).toEqual({ revoked: 1 });
  });

  it('that expired was never received', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), stage.sent('a'));
    stage.deliver(worker.revoked('a', { expired: true }));
    expectOnly(stage, { sent: 1, revoked: 1 });
  });

  it('that was revoked before its start is counted under its name, and under unknown where nothing told it', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), stage.sent('a'));
    stage.deliver(worker.revoked('a'), worker.revoked('b'));
    expect(stage.all()).toEqual({ 'task|queue': { sent: 1, revoked: 1 }, 'unknown|unknown': { revoked: 1 } });
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 2 });
  });

  it('with an ETA that is revoked ends when its ETA comes', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const eta = stage.now + 60;
    stage.deliver(worker.online(), stage.sent('a', { eta }), worker.received('a', { eta }));
    expect(stage.rows).toEqual({ waiting: 1, running: 0, ended: 0 });
    stage.beat(60, worker);
    stage.deliver(worker.revoked('a'));
    expectOnly(stage, { sent: 1, received: 1, revoked: 1 });
  });

  it('that no worker knows is named by its failure only', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.failed('a', "NotRegistered('proj.gone')"));
    expect(stage.all()).toEqual({ 'proj.gone|unknown': { failed: 1, NotRegistered: 1 } });
    stage.deliver(stage.sent('b', { name: 'proj.gone', queue: 'q' }), worker.failed('b', "NotRegistered('proj.gone')"));
    stage.deliver(worker.failed('c', "NotRegistered('proj.gone')"));
    expect(stage.all()).toEqual({
      'proj.gone|unknown': { failed: 1, NotRegistered: 1 },
      'proj.gone|q': { sent: 1, failed: 2, NotRegistered: 2 },
    });
    expect(stage.rows).toEqual({ waiting: 0, running: 0, ended: 3 });
  });

  it('that is cancelled for a lost connection waits for its redelivery', () => {
    const { stage, worker } = runningTask();
    stage.deliver(worker.cancelled('a'));
    expectOnly(stage, { ...BEGUN, cancelled: 1 }, { waiting: 1, running: 0, ended: 0 });
    stage.deliver(worker.received('a'), worker.started('a'), worker.succeeded('a'));
    expectOnly(stage, {
      sent: 1,
      received: 2,
      started: 2,
      cancelled: 1,
      succeeded: 1,
      queueWaits: 1,
      prefetchWaits: 2,
      durations: 1,
    });
  });

  it('whose start was lost on the way still counts its end, once', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.succeeded('a', 0.5), worker.succeeded('a', 0.5));
    expectOnly(stage, { sent: 1, received: 1, succeeded: 1, durations: 1 });
    expect(stage.duplicates).toEqual({ succeeded: 1 });
  });

  it('that fails without a known start has no run time that could be told', () => {
    const stage = new Stage();
    stage.deliver(stage.sent('a'), stage.worker().received('a'), stage.worker().failed('a'));
    expectOnly(stage, { sent: 1, received: 1, failed: 1, ValueError: 1 });
  });

  it('that succeeds without a run time in its event has the time since its start', () => {
    const { stage, worker } = runningTask();
    stage.deliver({ ...worker.succeeded('a'), runtime: null });
    const [series] = stage.model.tasks;
    expect([series?.duration?.count, series?.duration?.sum]).toEqual([1, 2]);
  });
});

describe('a task of which nothing is known', () => {
  it.each<[string, (worker: FakeWorker) => ReturnType<FakeWorker['make']>, Record<string, number>]>([
    ['started', (worker) => worker.started('x'), { started: 1, running: 1 }],
    ['succeeded', (worker) => worker.succeeded('x'), { succeeded: 1, durations: 1 }],
    ['failed', (worker) => worker.failed('x'), { failed: 1, ValueError: 1 }],
    ['retried', (worker) => worker.retried('x'), { retried: 1 }],
    ['rejected', (worker) => worker.rejected('x', false), { rejected: 1 }],
    ['revoked', (worker) => worker.revoked('x'), { revoked: 1 }],
    ['cancelled', (worker) => worker.cancelled('x'), { cancelled: 1 }],
  ])('counts its task-%s under unknown and unknown', (_, make, numbers) => {
    const stage = new Stage();
    stage.deliver(make(stage.worker()));
    expect(stage.all()).toEqual({ 'unknown|unknown': numbers });
  });

  it.each(['succeeded', 'failed', 'revoked'] as const)('counts a second task-%s once', (end) => {
    const stage = new Stage();
    const worker = stage.worker();
    for (let i = 0; i < 3; i++) stage.deliver(worker[end]('x'));
    expect(stage.counts('unknown', 'unknown')?.[end]).toBe(1);
    expect(stage.duplicates).toEqual({ [end]: 2 });
  });

  it('takes its name from the next task-received, as after a retry', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(
      worker.retried('x'),
      worker.received('x', { name: 'task', retries: 1 }),
      worker.started('x'),
      worker.succeeded('x'),
    );
    expect(stage.all()).toEqual({
      'unknown|unknown': { retried: 1 },
      'task|unknown': { received: 1, started: 1, succeeded: 1, prefetchWaits: 1, durations: 1 },
    });
  });
});

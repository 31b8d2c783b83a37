// What becomes of tasks when their worker dies, and what an exporter that hears nothing concludes from that: nothing.
import { describe, expect, it } from '@jest/globals';
import { livingWorker, workerState } from '../testing.js';

describe('the tasks of a worker that died', () => {
  it('are lost once, after the time for that, and wait to be delivered again', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'), stage.sent('b'), worker.received('b'));
    stage.wait(60);
    expect(stage.counts()).toMatchObject({ running: 1 });
    stage.wait(1);
    expect([stage.counts(), stage.rows]).toEqual([
      { sent: 2, received: 2, started: 1, lost: 1, queueWaits: 1, prefetchWaits: 1 },
      { waiting: 2, running: 0, ended: 0 },
    ]);
    stage.wait(600);
    expect(stage.counts()).toMatchObject({ lost: 1 });
  });

  it('are not lost when it is heard of again in time', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.wait(55);
    expect(workerState(stage)).toEqual([false, 0, 0, 0, 1]);
    stage.deliver(worker.heartbeat());
    stage.beat(100, worker);
    stage.deliver(worker.succeeded('a'));
    expect(stage.counts()).toEqual({
      sent: 1,
      received: 1,
      started: 1,
      succeeded: 1,
      durations: 1,
      queueWaits: 1,
      prefetchWaits: 1,
    });
  });

  it('still count their end when it comes after all, and are not lost a second time', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.wait(70);
    stage.deliver(worker.succeeded('a', 50));
    stage.wait(70);
    expect([stage.counts(), stage.rows]).toEqual([
      { sent: 1, received: 1, started: 1, lost: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
      { waiting: 0, running: 0, ended: 0 },
    ]);
  });

  it('that it starts after it came back can be lost again', () => {
    const { stage, worker } = livingWorker();
    for (const id of ['a', 'b']) {
      stage.deliver(worker.heartbeat(), stage.sent(id), worker.received(id), worker.started(id));
      stage.wait(70);
    }
    expect(stage.counts()).toMatchObject({ started: 2, lost: 2 });
  });

  it('are those of that worker only', () => {
    const { stage, worker } = livingWorker();
    const other = stage.worker('celery@two');
    stage.deliver(other.online(), other.started('x'), worker.started('a'), worker.started('b'), other.started('a'));
    stage.beat(120, other);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 4, lost: 2, running: 2 });
  });
});

describe('while the exporter hears nothing', () => {
  it('silence kills nobody, and after it everybody has the usual time to speak', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.model.listening(undefined);
    stage.wait(600);
    expect([...workerState(stage), stage.counts()?.['running']]).toEqual([true, 1, 0, 0, 0, 1]);
    stage.model.listening(stage.now);
    stage.wait(6);
    expect(workerState(stage)).toEqual([true, 1, 0, 0, 0]);
    stage.wait(1);
    expect(workerState(stage)).toEqual([false, 0, 0, 0, 1]);
    stage.wait(53);
    expect(stage.counts()).toMatchObject({ running: 1 });
    stage.wait(1);
    expect(stage.counts()).toMatchObject({ lost: 1 });
  });

  it('a worker that was down stays down: to listen again is no sign of life', () => {
    const { stage } = livingWorker();
    stage.wait(30);
    const { downSince } = stage.known();
    for (let i = 0; i < 5; i++) {
      stage.model.listening(undefined);
      stage.wait(20);
      stage.model.listening(stage.now);
      stage.wait(20);
    }
    expect([...workerState(stage), stage.known().downSince]).toEqual([false, 0, 0, 0, 1, downSince]);
  });

  it('a worker that is up after it needs no new start', () => {
    const { stage, worker } = livingWorker();
    stage.model.listening(undefined);
    stage.wait(100);
    stage.model.listening(stage.now);
    stage.beat(20, worker);
    expect(workerState(stage)).toEqual([true, 1, 0, 0, 0]);
  });
});

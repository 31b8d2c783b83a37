// What ran when a worker lost its broker: Celery up to 5.6 never tells the end, 5.5 and 5.6 list it for ever.
import { describe, expect, it, jest } from '@jest/globals';
import { livingWorker, Stage } from '../testing.js';
import type { WorkerProcess } from './worker.js';

const TWO = { pid: 100, pool: 'prefork', processes: 2 };

describe('runs that were on when their worker lost its connection', () => {
  it('and of which its heartbeats say that they have ended are not wholly known: they count as missed', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4, worker);
    stage.wait(5);
    stage.deliver(worker.offline(), worker.online());
    stage.beat(8, worker);
    expect([stage.known().missed, stage.counts('unknown', 'unknown')]).toEqual([0, { started: 2, running: 2 }]);
    worker.active = 0;
    stage.beat(6, worker);
    expect([stage.known().missed, stage.counts('unknown', 'unknown')]).toEqual([2, { started: 2, unresolved: 2 }]);
    expect(stage.known().missedEnds).toBe(2);
  });

  it('and are listed for ever have ended when more run than the pool has room for', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4, worker);
    stage.deliver(worker.offline(), worker.online());
    stage.beat(10, worker);
    for (let i = 0; i < 5; i++) {
      stage.deliver(worker.started(String(i)), worker.started(`${String(i)}x`));
      stage.deliver(worker.succeeded(String(i)), worker.succeeded(`${String(i)}x`));
    }
    expect(stage.counts('unknown', 'unknown')).toMatchObject({ running: 2 });
    stage.model.reportPool(stage.known(), TWO);
    stage.beat(10, worker);
    expect(worker.active).toBe(2);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 12, succeeded: 10, durations: 10, unresolved: 2 });
    expect([stage.known().missed, stage.known().current()?.active]).toEqual([2, 0]);
  });

  it.each([
    ['has grown, as it tells the next time', '5.6.3', { ...TWO, processes: 10 }],
    ['grows and shrinks by itself', '5.6.3', { ...TWO, autoscale: 10 }],
    ['is as small as it was, of Celery 5.7', '5.7.0', TWO],
  ])('are on while more run than the pool had room for, where it %s', (_what, version, pool) => {
    const { stage, worker } = livingWorker(TWO);
    worker.version = version;
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4, worker);
    stage.deliver(worker.online());
    stage.wait(2);
    stage.deliver(...['c', 'd', 'e', 'f'].map((id) => worker.started(id)));
    stage.beat(4, worker);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 6, running: 6 });
    stage.model.reportPool(stage.known(), pool);
    stage.beat(4, worker);
    stage.deliver(...['a', 'b'].map((id) => worker.succeeded(id)));
    expect([stage.known().missed, stage.counts('unknown', 'unknown')]).toEqual([
      0,
      { started: 6, running: 4, succeeded: 2, durations: 2 },
    ]);
  });

  it('and that were found to be over otherwise are not given up again', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4, worker);
    stage.deliver(worker.online());
    stage.wait(2);
    // Three at once where two have room: a or b has ended.
    stage.deliver(worker.started('c'));
    worker.active = 2;
    stage.beat(4, worker);
    stage.model.reportActive(stage.known().processes[0] as WorkerProcess, new Set(['b', 'c']), stage.now);
    stage.beat(2, worker);
    stage.model.reportPool(stage.known(), TWO);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 3, running: 2, unresolved: 1 });
  });

  it('are looked for once, however many workers had lost it and however much runs on them since', () => {
    const stage = new Stage();
    const workers = Array.from({ length: 20 }, (_, i) => stage.worker(`celery@${String(i)}`));
    const looks = jest.spyOn(stage.model.tracker.executions, 'endWhere');
    const beat = (seconds: number): void => {
      stage.beat(seconds, ...workers);
    };
    stage.deliver(...workers.map((each) => each.online()));
    beat(4);
    for (const { nodename } of workers) stage.model.reportPool(stage.known(nodename), TWO);
    stage.deliver(...workers.map((each) => each.started(`old ${each.nodename}`)));
    beat(2);
    stage.deliver(...workers.map((each) => each.online()));
    beat(2);
    for (const each of workers) stage.deliver(each.started(`${each.nodename} a`), each.started(`${each.nodename} b`));
    expect(looks).toHaveBeenCalledTimes(0);
    for (const { nodename } of workers.slice(0, 5)) stage.model.reportPool(stage.known(nodename), TWO);
    expect(looks).toHaveBeenCalledTimes(5);
    for (const { nodename } of workers.slice(0, 5)) stage.model.reportPool(stage.known(nodename), TWO);
    expect(looks).toHaveBeenCalledTimes(5);
    beat(2000);
    expect(looks).toHaveBeenCalledTimes(6);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 60, running: 40, unresolved: 20 });
  });

  it('and are listed for ever are not believed for more than half an hour', () => {
    const { stage, worker } = livingWorker({ ...TWO, processes: 8 });
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4, worker);
    stage.deliver(worker.offline(), worker.online());
    stage.beat(1790, worker);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, running: 2 });
    stage.beat(20, worker);
    expect([stage.known().missed, stage.counts('unknown', 'unknown')]).toEqual([2, { started: 2, unresolved: 2 }]);
    // Its heartbeats go on to count them: that hides nothing that ends later.
    stage.deliver(worker.started('c'));
    stage.beat(4, worker);
    worker.active = 2;
    stage.beat(6, worker);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 3, unresolved: 3 });
  });

  it('and end after all count as what they came to', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(worker.online());
    stage.beat(1810, worker);
    stage.deliver(worker.succeeded('a'));
    expect(stage.counts('unknown', 'unknown')).toMatchObject({ started: 1, succeeded: 1 });
  });

  it('are told of by Celery 5.7, and stay on for as long as it says', () => {
    const { stage, worker } = livingWorker(TWO);
    worker.version = '5.7.0';
    stage.deliver(worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(worker.offline(), worker.online());
    stage.beat(7200, worker);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 1, running: 1 });
    stage.deliver(worker.succeeded('a'));
    expect([stage.known().missed, stage.counts('unknown', 'unknown')]).toEqual([
      0,
      { started: 1, succeeded: 1, durations: 1 },
    ]);
  });

  it('count as lost, and not as missed, where the worker dies', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(worker.online());
    stage.wait(100);
    expect([stage.known().missed, stage.counts('unknown', 'unknown')]).toEqual([0, { started: 1, lost: 1 }]);
  });
});

describe('runs that were on when the exporter lost its connection, and nobody heard worker-online,', () => {
  /** The exporter is away for so long, and hears nothing. */
  function away(stage: Stage, seconds: number): void {
    stage.model.listening(undefined);
    stage.wait(seconds);
    stage.model.listening(stage.now);
  }

  it('count as missed where the worker, which lost its own, ends them without a word', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4, worker);
    away(stage, 5);
    stage.beat(6, worker);
    worker.active = 0;
    stage.beat(6, worker);
    expect([stage.known().missedEnds, stage.counts('unknown', 'unknown')]).toEqual([2, { started: 2, unresolved: 2 }]);
  });

  it('count as missed where they ended meanwhile, whatever the version', () => {
    const { stage, worker } = livingWorker(TWO);
    worker.version = '5.7.0';
    stage.deliver(worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(worker.started('ignored'));
    away(stage, 5);
    worker.active = 1;
    stage.beat(6, worker);
    stage.model.reportActive(stage.known().processes[0] as WorkerProcess, new Set(['ignored']), stage.now - 2);
    stage.beat(2, worker);
    expect([stage.known().missedEnds, stage.counts('unknown', 'unknown')]).toEqual([
      1,
      { started: 2, running: 1, unresolved: 1 },
    ]);
    // This one was still on when we were back, and 5.7 would have told us its end: the task itself kept it back.
    stage.beat(20, worker);
    worker.active = 0;
    stage.beat(6, worker);
    expect([stage.known().missedEnds, stage.counts('unknown', 'unknown')]).toEqual([1, { started: 2, unresolved: 2 }]);
  });

  it('count as missed on a worker that kept its connection, where they are over when it is heard again', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('unheard'));
    stage.beat(4, worker);
    stage.deliver(worker.started('a'));
    away(stage, 5);
    stage.deliver(worker.succeeded('a'));
    worker.active = 0;
    stage.beat(4, worker);
    expect([stage.known().missedEnds, stage.counts('unknown', 'unknown')]).toEqual([
      1,
      { started: 2, succeeded: 1, unresolved: 1, durations: 1 },
    ]);
  });

  it('are what they are on a worker that tells the end of one of them and ends the other later: it is heard', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('a'), worker.started('ignored'));
    stage.beat(4, worker);
    away(stage, 5);
    stage.beat(4, worker);
    stage.deliver(worker.succeeded('a'));
    worker.active = 1;
    stage.beat(6, worker);
    worker.active = 0;
    stage.beat(6, worker);
    expect([stage.known().missed, stage.counts('unknown', 'unknown')]).toEqual([
      0,
      { started: 2, succeeded: 1, unresolved: 1, durations: 1 },
    ]);
  });

  it('are on for as long as the worker lists them, and until more run than its pool has room for', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4, worker);
    away(stage, 5);
    stage.beat(7200, worker);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, running: 2 });
    stage.deliver(worker.started('c'), worker.started('d'));
    stage.model.reportPool(stage.known(), TWO);
    expect([stage.known().missedEnds, stage.counts('unknown', 'unknown')]).toEqual([
      2,
      { started: 4, running: 2, unresolved: 2 },
    ]);
  });

  it('are not believed for more than half an hour where it was heard before, in an earlier outage', () => {
    const { stage, worker } = livingWorker({ ...TWO, processes: 8 });
    stage.deliver(worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(worker.offline(), worker.online());
    stage.beat(600, worker);
    stage.deliver(worker.started('long'));
    away(stage, 5);
    stage.beat(1300, worker);
    expect([stage.known().missedEnds, stage.counts('unknown', 'unknown')]).toEqual([
      1,
      { started: 2, running: 1, unresolved: 1 },
    ]);
    stage.deliver(worker.succeeded('long'));
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, succeeded: 1, unresolved: 1, durations: 1 });
  });

  it('are what they are where the broker only let nobody speak: what was held back comes afterwards', () => {
    const { stage, worker } = livingWorker(TWO);
    stage.deliver(worker.started('ignored'));
    stage.beat(4, worker);
    stage.model.listening(undefined, false);
    stage.wait(300);
    stage.model.listening(stage.now, false);
    expect([stage.known().up, stage.counts('unknown', 'unknown')]).toEqual([true, { started: 1, running: 1 }]);
    worker.active = 0;
    stage.beat(6, worker);
    expect([stage.known().missed, stage.counts('unknown', 'unknown')]).toEqual([0, { started: 1, unresolved: 1 }]);
  });
});

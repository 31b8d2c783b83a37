// Who is up, who said goodbye, who died: the life of workers as events, answers and time tell it.
import { describe, expect, it } from '@jest/globals';
import type { WorkerStats } from '@celery-watch/celery-protocol';
import { type FakeWorker, livingWorker, PREFORK, Stage, workerState } from '../testing.js';

const SOLO: WorkerStats = { pid: 100, pool: 'solo', processes: 1 };

/** Seconds of waiting until the worker is no longer up. */
function secondsUntilDown(stage: Stage): number {
  const start = stage.now;
  while (stage.known().up && stage.now < start + 10_000) stage.wait(1);
  return stage.now - start;
}

describe('a worker', () => {
  it('is up from its first sign of life, whatever that is', () => {
    for (const sign of ['online', 'heartbeat', 'shortHeartbeat'] as const) {
      const stage = new Stage();
      stage.deliver(stage.worker()[sign]());
      expect([sign, ...workerState(stage)]).toEqual([sign, true, 1, 0, 0, 0]);
    }
    const stage = new Stage();
    stage.deliver(stage.worker().received('a'));
    expect(workerState(stage)).toEqual([true, 1, 0, 0, 0]);
  });

  it('tells its load, its software, its tasks, its clock', () => {
    const { stage, worker } = livingWorker();
    worker.active = 3;
    worker.processed = 17;
    stage.beat(2, worker);
    const known = stage.known();
    expect([
      known.hostname,
      known.loadAverage,
      known.software,
      known.lastHeartbeatAt,
      known.clockSkew,
      known.current()?.heartbeat,
      known.current()?.frequency,
    ]).toEqual([
      'one',
      [0.1, 0.2, 0.3],
      { ident: 'py-celery', version: '5.6.3', system: 'Linux' },
      stage.now,
      0,
      { timestamp: stage.now, active: 3, processed: 17 },
      2,
    ]);
  });

  it('is not made to forget anything by a short heartbeat, whose interval of 5 is not its own', () => {
    const { stage, worker } = livingWorker();
    worker.active = 3;
    worker.processed = 17;
    stage.beat(2, worker);
    const before = stage.known().current()?.heartbeat;
    stage.wait(1);
    stage.deliver(worker.shortHeartbeat());
    const { heartbeat, frequency } = stage.known().current() ?? {};
    expect([heartbeat, frequency, stage.known().loadAverage]).toEqual([before, 2, [0.1, 0.2, 0.3]]);
    expect(stage.known().lastHeartbeatAt).toBe(stage.now);
    expect(secondsUntilDown(stage)).toBe(7);
  });

  it('of which only a short heartbeat is known has no numbers that are not there', () => {
    const stage = new Stage();
    stage.deliver(stage.worker().shortHeartbeat());
    const { heartbeat, frequency } = stage.known().current() ?? {};
    expect([heartbeat, frequency, stage.known().loadAverage, stage.known().missed]).toEqual([
      undefined,
      undefined,
      undefined,
      0,
    ]);
  });

  it('that is killed is down within 10 seconds, and counted as died once', () => {
    const { stage } = livingWorker();
    expect(secondsUntilDown(stage)).toBe(7);
    stage.wait(300);
    expect(workerState(stage)).toEqual([false, 0, 0, 0, 1]);
  });

  it('that is killed while it runs tasks is down as fast', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(worker.received('a'), worker.started('a'));
    expect(secondsUntilDown(stage)).toBe(7);
  });

  it('with a longer interval is given three of its own', () => {
    const { stage, worker } = livingWorker();
    worker.frequency = 30;
    stage.beat(2, worker);
    expect(secondsUntilDown(stage)).toBe(91);
  });

  it('is kept up by any event of its own, custom ones and answers too', () => {
    const { stage, worker } = livingWorker();
    for (let i = 0; i < 10; i++) {
      stage.wait(5);
      if (i % 3 === 0) stage.deliver({ ...worker.make('task-progress', { uuid: 'a' }), pid: 4711 });
      else if (i % 3 === 1) stage.deliver(worker.received(String(i)));
      else stage.model.workers.answered('celery@one', undefined, stage.now);
    }
    expect(workerState(stage)).toEqual([true, 1, 0, 0, 0]);
  });

  it('is not invented by a custom event, nor by what a client sends', () => {
    const stage = new Stage();
    stage.deliver(stage.worker().make('task-progress', { uuid: 'a' }), stage.sent('a'));
    expect([...stage.model.workers]).toEqual([]);
  });

  it('on the solo pool may be silent for as long as its limit says', () => {
    const { stage } = livingWorker(SOLO, { workers: { soloSilence: 120 } });
    expect(secondsUntilDown(stage)).toBe(121);
    expect(workerState(stage)).toEqual([false, 0, 0, 0, 1]);
  });

  it('that has said nothing but its first heartbeat may be a solo one that is busy already: it is given as long, until it tells its pool', () => {
    const stage = new Stage({ workers: { soloSilence: 120 } });
    stage.deliver(stage.worker().online());
    stage.wait(30);
    expect(stage.known().up).toBe(true);
    stage.known().pool = PREFORK;
    stage.wait(1);
    expect(stage.known().up).toBe(false);
  });

  it('without heartbeats may be quiet between its tasks', () => {
    const stage = new Stage({ workers: { quietSilence: 30 } });
    stage.deliver(stage.worker().received('a'));
    stage.known().pool = PREFORK;
    expect(secondsUntilDown(stage)).toBe(31);
  });

  it('that says goodbye is down at once, and that is no death', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(worker.offline());
    expect(workerState(stage)).toEqual([false, 0, 0, 0, 0]);
    stage.wait(1);
    expect(workerState(stage)).toEqual([false, 0, 0, 1, 0]);
    stage.deliver(worker.offline());
    stage.wait(600);
    expect(workerState(stage)).toEqual([false, 0, 0, 1, 0]);
  });

  it('that says goodbye a second time within a moment is believed from the first on', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(worker.offline());
    stage.wait(0.75);
    stage.deliver(worker.offline());
    stage.wait(0.5);
    expect(workerState(stage)).toEqual([false, 0, 0, 1, 0]);
  });

  it('that was never seen before its goodbye is known as down', () => {
    const stage = new Stage();
    stage.deliver(stage.worker().offline());
    stage.wait(1);
    expect(workerState(stage)).toEqual([false, 0, 0, 1, 0]);
  });

  it('that said goodbye is not revived by the last events of its tasks, which count', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.deliver(worker.offline());
    stage.wait(20);
    stage.deliver(worker.make('task-progress', { uuid: 'a' }), worker.succeeded('a'));
    stage.wait(1);
    expect(workerState(stage)).toEqual([false, 0, 0, 1, 0]);
    expect(stage.counts()).toMatchObject({ succeeded: 1 });
    expect(stage.counts()).not.toHaveProperty('lost');
  });

  it('that died is up again as soon as anything is heard of it', () => {
    const { stage, worker } = livingWorker();
    stage.wait(30);
    expect(workerState(stage)).toEqual([false, 0, 0, 0, 1]);
    stage.deliver(worker.heartbeat());
    expect(workerState(stage)).toEqual([true, 1, 0, 0, 1]);
    stage.wait(30);
    expect(workerState(stage)).toEqual([false, 0, 0, 0, 2]);
  });

  it('stays at 0 for its time, then its series go', () => {
    const { stage, worker } = livingWorker();
    stage.deliver(worker.offline());
    stage.wait(900);
    expect(workerState(stage)).toEqual([false, 0, 0, 1, 0]);
    stage.wait(1);
    expect(stage.model.workers.get('celery@one')).toBeUndefined();
    stage.deliver(worker.online());
    expect(workerState(stage)).toEqual([true, 1, 0, 0, 0]);
  });

  it('that is silent stays at 0 for its time from the moment it was called down', () => {
    const { stage } = livingWorker();
    const down = secondsUntilDown(stage);
    stage.wait(900);
    expect([down, stage.known().up]).toEqual([7, false]);
    stage.wait(1);
    expect([...stage.model.workers]).toEqual([]);
  });

  it('that leaves with a long task stays until that is settled, even beyond its time', () => {
    const { stage, worker } = livingWorker(PREFORK, { workers: { soloSilence: 2000 } });
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'), worker.offline());
    stage.wait(1990);
    expect([stage.known().up, stage.counts()?.['running']]).toEqual([false, 1]);
    stage.wait(20);
    expect([...stage.model.workers].length).toBe(0);
    expect(stage.counts()).toMatchObject({ lost: 1 });
  });

  it('whose clock is wrong is judged by ours', () => {
    for (const skew of [-3600, -30, 30, 3600]) {
      const stage = new Stage();
      const worker = stage.worker();
      worker.skew = skew;
      stage.deliver(worker.online());
      stage.beat(10, worker);
      expect([stage.known().clockSkew, stage.known().aheadOfNow(0), ...workerState(stage)]).toEqual([
        skew,
        skew,
        true,
        1,
        0,
        0,
        0,
      ]);
      expect(secondsUntilDown(stage)).toBe(7);
    }
  });

  it('whose events were a moment on their way has no skew to trust', () => {
    const stage = new Stage();
    const worker = stage.worker();
    worker.skew = -0.75;
    stage.deliver(worker.online());
    expect([stage.known().clockSkew, stage.known().aheadOfNow(0)]).toEqual([-0.75, 0]);
  });
});

describe('the book of workers', () => {
  it('counts those that are up, each by its nodename, two on one host too', () => {
    const stage = new Stage();
    const workers = ['a@host', 'b@host', 'a@other'].map((name) => stage.worker(name));
    for (const worker of workers) stage.deliver(worker.online());
    expect(stage.model.workers.countUp).toBe(3);
    stage.deliver((workers[0] as FakeWorker).offline());
    expect([
      stage.model.workers.countUp,
      [...stage.model.workers].map(({ nodename, hostname, up }) => [nodename, hostname, up]),
    ]).toEqual([
      2,
      [
        ['a@host', 'host', false],
        ['b@host', 'host', true],
        ['a@other', 'other', true],
      ],
    ]);
  });

  it('follows as many as allowed; of the others the tasks count, and each sighting is told', () => {
    const stage = new Stage({ workers: { maxWorkers: 2 } });
    for (const name of ['w@1', 'w@2', 'w@3']) stage.deliver(stage.worker(name).online());
    const stranger = stage.worker('w@3');
    stage.deliver(
      stage.sent('a'),
      stranger.received('a'),
      stranger.started('a'),
      stranger.succeeded('a'),
      stranger.offline(),
    );
    expect([[...stage.model.workers].map(({ nodename }) => nodename), stage.model.workers.countUp]).toEqual([
      ['w@1', 'w@2'],
      2,
    ]);
    expect(stage.all()).toEqual({
      'task|queue': { sent: 1, received: 1, started: 1, succeeded: 1, durations: 1, queueWaits: 1, prefetchWaits: 1 },
    });
    expect([...stage.model.dropped]).toEqual([['celery_worker_up', 5]]);
  });

  it('ends the run of a worker that found room only after the run began', () => {
    const stage = new Stage({ workers: { maxWorkers: 1 } });
    const [first, second] = [stage.worker('w@1'), stage.worker('w@2')];
    stage.deliver(first.online(), second.started('a'), first.offline());
    stage.wait(901);
    stage.deliver(second.succeeded('a'));
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 1, succeeded: 1, durations: 1 });
  });
});

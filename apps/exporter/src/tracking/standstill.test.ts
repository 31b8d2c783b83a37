// A worker that takes nothing although tasks wait and a process is free, as Celery 5.2 after its Redis was away.
import { describe, expect, it } from '@jest/globals';
import { type FakeWorker, livingWorker, type Stage } from './testing.js';

const TWO = { pid: 100, pool: 'prefork', processes: 2 };

function scene(pool = TWO): { stage: Stage; worker: FakeWorker; wait: (length: number) => void } {
  const { stage, worker } = livingWorker(pool);
  stage.known().queues = [{ name: 'q', exchange: '' }];
  const wait = (length: number): void => {
    stage.model.queues.read('q', length, [], () => undefined, stage.now);
  };
  return { stage, worker, wait };
}

const stalled = (stage: Stage): number | undefined => stage.model.standstill.of(stage.known());

describe('a worker stands still', () => {
  it('for as long as tasks wait, it has a free process and takes none', () => {
    const { stage, worker, wait } = scene();
    wait(5);
    stage.beat(400, worker);
    expect(stalled(stage)).toBeGreaterThan(390);
    wait(0);
    stage.beat(2, worker);
    expect(stalled(stage)).toBe(0);
  });

  it('not where all that waits are dead messages in the list of a broadcast, which nobody takes', () => {
    const { stage, worker, wait } = scene();
    stage.known().queues = [
      { name: 'q', exchange: '' },
      { name: 'bcast.0dda3a83-59bd-417f-899d-b72403f6bfac', exchange: 'news', isBroadcast: true },
    ];
    wait(0);
    stage.model.queues.read('bcast.0dda3a83-59bd-417f-899d-b72403f6bfac', 4, [], () => undefined, stage.now);
    stage.beat(400, worker);
    expect(stalled(stage)).toBe(0);
    wait(1);
    stage.beat(400, worker);
    expect(stalled(stage)).toBeGreaterThan(390);
  });

  it('not while it takes tasks, however slowly', () => {
    const { stage, worker, wait } = scene();
    wait(5);
    for (let i = 0; i < 10; i++) {
      stage.deliver(worker.received(String(i)), worker.started(String(i)), worker.succeeded(String(i)));
      stage.beat(100, worker);
    }
    expect(stalled(stage)).toBeLessThanOrEqual(101);
  });

  it('not where its events are off, and its heartbeats tell that it works', () => {
    const { stage, worker, wait } = scene();
    wait(5);
    for (let i = 0; i < 100; i++) {
      worker.processed++;
      stage.beat(4, worker);
    }
    expect(stalled(stage)).toBeLessThan(5);
  });

  it('not while all of its processes work', () => {
    const { stage, worker, wait } = scene();
    wait(5);
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4000, worker);
    expect(stalled(stage)).toBe(0);
    stage.deliver(worker.succeeded('a'));
    stage.beat(400, worker);
    expect(stalled(stage)).toBeGreaterThan(390);
  });

  it('not while it holds tasks that it has not begun, as with a slow rate limit', () => {
    const { stage, worker, wait } = scene();
    stage.deliver(...['a', 'b', 'c'].map((id) => worker.received(id)), worker.started('a'), worker.succeeded('a'));
    wait(22);
    stage.beat(400, worker);
    expect(stalled(stage)).toBe(0);
    stage.deliver(worker.started('b'), worker.succeeded('b'), worker.revoked('c'));
    stage.beat(400, worker);
    expect(stalled(stage)).toBeGreaterThan(390);
  });

  it.each<[string, (stage: Stage, worker: FakeWorker) => void]>([
    ['it gave them back with its connection', (stage, worker) => stage.deliver(worker.online())],
    ['it was started anew', (stage) => stage.deliver(stage.worker('celery@one', 101).online())],
    [
      'the exporter was away',
      (stage) => {
        stage.model.listening(undefined);
        stage.model.listening(stage.now);
      },
    ],
    [
      'their start was missed',
      (stage, worker) => {
        worker.processed++;
        stage.beat(6, worker);
      },
    ],
  ])('although it was thought to hold tasks, since %s', (_why, happens) => {
    const { stage, worker, wait } = scene();
    stage.deliver(worker.received('a'), worker.received('b'), worker.started('b'), worker.succeeded('b'));
    stage.beat(6, worker);
    happens(stage, worker);
    wait(5);
    stage.known().queues = [{ name: 'q', exchange: '' }];
    const now = stage.worker('celery@one', stage.known().current()?.pid);
    now.processed = worker.processed;
    stage.beat(400, now);
    expect(stalled(stage)).toBeGreaterThan(380);
  });

  it('although it holds tasks with an ETA: those keep it from taking none', () => {
    const { stage, worker, wait } = scene();
    stage.deliver(worker.received('a', { eta: stage.now + 9000 }));
    wait(5);
    stage.beat(400, worker);
    expect(stalled(stage)).toBeGreaterThan(390);
  });

  it('also where it goes on to list what ended long ago', () => {
    const { stage, worker, wait } = scene();
    stage.deliver(worker.started('a'), worker.started('b'));
    stage.beat(4, worker);
    stage.deliver(worker.online());
    wait(5);
    stage.beat(2400, worker);
    expect([worker.active, (stalled(stage) ?? 0) > 500]).toEqual([2, true]);
  });

  it('unknown where queues, pool or heartbeats are not known, or the exporter does not listen', () => {
    const { stage, worker, wait } = scene();
    wait(5);
    stage.beat(100, worker);
    stage.model.listening(undefined);
    expect(stalled(stage)).toBeUndefined();
    stage.model.listening(stage.now);
    stage.beat(2, worker);
    expect(stalled(stage)).toBeLessThan(3);
    stage.known().pool = undefined;
    stage.beat(2, worker);
    expect(stalled(stage)).toBeUndefined();
    stage.known().pool = TWO;
    stage.known().queues = undefined;
    stage.beat(2, worker);
    expect(stalled(stage)).toBeUndefined();
  });

  it('unknown while a solo worker is silent, since it works', () => {
    const { stage, worker, wait } = scene({ pid: 100, pool: 'solo', processes: 1 });
    wait(5);
    stage.beat(4, worker);
    stage.wait(600);
    expect(stalled(stage)).toBeUndefined();
  });
});

// One worker, several processes: restarts with a new pid and with the same one, two at once, goodbyes that overlap.
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../testing.js';

function state(stage: Stage): unknown[] {
  const { up, starts, exits, processes } = stage.known();
  return [up, starts, exits.shutdown, exits.died, processes.map(({ pid }) => pid)];
}

describe('a restart', () => {
  it('after a goodbye, with a new pid, counts a shutdown and a start', () => {
    const stage = new Stage();
    const [old, young] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(old.online());
    stage.beat(10, old);
    stage.deliver(old.offline());
    stage.wait(3);
    stage.deliver(young.online());
    stage.beat(120, young);
    expect(state(stage).slice(0, 4)).toEqual([true, 1, 1, 0]);
  });

  it('with a new pid whose online comes before the old goodbye, and both are told apart', () => {
    const stage = new Stage();
    const [old, young] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(old.online());
    stage.beat(10, old);
    stage.deliver(young.online(), old.offline());
    stage.wait(1);
    expect(state(stage)).toEqual([true, 1, 1, 0, [1, 2]]);
    stage.beat(120, young);
    expect(state(stage).slice(0, 4)).toEqual([true, 1, 1, 0]);
  });

  it('after a kill, with a new pid: the old process is counted as died, and its tasks are lost, while the worker is up', () => {
    const stage = new Stage();
    const [old, young] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(old.online());
    stage.beat(10, old);
    stage.deliver(old.started('a'));
    stage.wait(3);
    stage.deliver(young.online(), young.started('b'));
    stage.beat(4, young);
    expect(state(stage)).toEqual([true, 1, 0, 1, [1, 2]]);
    stage.beat(60, young);
    expect(state(stage)).toEqual([true, 1, 0, 1, [2]]);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, running: 1, lost: 1 });
  });

  it('after a kill, with the same pid, is seen by its processed, which fell', () => {
    const stage = new Stage();
    const worker = stage.worker('celery@one', 1);
    stage.deliver(worker.online(), worker.started('a'), worker.started('b'), worker.succeeded('b'));
    stage.beat(10, worker);
    stage.wait(1);
    worker.processed = 0;
    worker.active = 0;
    stage.deliver(worker.online());
    expect(state(stage)).toEqual([true, 1, 0, 0, [1, 1]]);
    stage.deliver(worker.started('c'), worker.succeeded('c'));
    stage.beat(8, worker);
    expect([...state(stage), stage.known().instances]).toEqual([true, 1, 0, 1, [1, 1], 1]);
    stage.beat(60, worker);
    expect(state(stage)).toEqual([true, 1, 0, 1, [1]]);
    expect(stage.counts('unknown', 'unknown')).toMatchObject({ started: 3, succeeded: 2, lost: 1 });
  });

  it('after a kill that was noticed, with the same pid, counts the death once', () => {
    const stage = new Stage();
    const worker = stage.worker('celery@one', 1);
    stage.deliver(worker.online(), worker.started('a'));
    stage.beat(10, worker);
    stage.wait(30);
    expect(state(stage)).toEqual([false, 0, 0, 1, [1]]);
    worker.processed = 0;
    stage.deliver(worker.online());
    expect(state(stage)).toEqual([true, 1, 0, 1, [1]]);
  });

  it('after a goodbye, with the same pid, is no death and counts one start', () => {
    const stage = new Stage();
    const worker = stage.worker('celery@one', 1);
    stage.deliver(worker.online(), worker.started('a'), worker.succeeded('a'));
    stage.beat(10, worker);
    stage.deliver(worker.offline());
    worker.processed = 0;
    stage.deliver(worker.online());
    stage.beat(10, worker);
    expect(state(stage)).toEqual([true, 1, 1, 0, [1]]);
  });

  it('of an idle process, with the same pid, counts a shutdown and a start, and everything is asked again', () => {
    const stage = new Stage();
    let asked = 0;
    stage.model.onWorkerStarted = () => {
      asked++;
    };
    const worker = stage.worker('celery@one', 1);
    stage.deliver(worker.online());
    stage.beat(4, worker);
    stage.deliver(worker.offline());
    stage.wait(3);
    stage.deliver(worker.online());
    stage.beat(4, worker);
    expect(state(stage)).toEqual([true, 1, 1, 0, [1]]);
    expect(asked).toBe(2);
  });

  it('leaves nothing of a process that was given up', () => {
    const stage = new Stage();
    const [old, young] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(old.online(), young.online());
    const { id } = stage.known().processes[0] ?? { id: -1 };
    expect(stage.model.workers.process(id)?.pid).toBe(1);
    stage.deliver(old.offline());
    stage.beat(4000, young);
    expect([stage.model.workers.process(id), stage.known().processes.map(({ pid }) => pid)]).toEqual([undefined, [2]]);
  });

  it('asks again which queues it consumes', () => {
    const stage = new Stage();
    stage.deliver(stage.worker('celery@one', 1).online());
    stage.known().queues = [{ name: 'q', exchange: '' }];
    stage.deliver(stage.worker('celery@one', 2).online());
    expect(stage.known().queues).toBeUndefined();
  });

  it('tells whoever wants to know of each process, once', () => {
    const stage = new Stage();
    const started: number[] = [];
    stage.model.onWorkerStarted = ({ pid }) => started.push(pid);
    const [old, young] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(
      old.online(),
      old.heartbeat(),
      young.online(),
      old.received('a'),
      young.heartbeat(),
      old.offline(),
      young.shortHeartbeat(),
    );
    expect(started).toEqual([1, 2]);
  });

  it("keeps the worker's own counters going, and what it missed before", () => {
    const stage = new Stage();
    const [old, young] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(old.online());
    stage.wait(1);
    stage.deliver(old.started('a'));
    old.processed += 4;
    stage.beat(4, old);
    expect(stage.known().missed).toBe(4);
    stage.deliver(old.offline(), young.online());
    stage.wait(1);
    stage.deliver(young.started('b'));
    young.processed += 2;
    stage.beat(4000, young);
    expect([stage.known().missed, [...stage.known().states]]).toEqual([6, [0, 0, 2, 0, 0, 0, 0, 0, 0]]);
    expect(stage.known().processes.length).toBe(1);
  });
});

describe('a connection that breaks', () => {
  it('over Redis brings offline and online in one breath when it is back, which is neither an end nor a start, and everything is asked again', () => {
    const stage = new Stage();
    let asked = 0;
    stage.model.onWorkerStarted = () => {
      asked++;
    };
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(worker.offline(), worker.online());
    stage.beat(10, worker);
    expect(state(stage)).toEqual([true, 0, 0, 0, [100]]);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 1, running: 1 });
    expect(asked).toBe(2);
  });

  it('over Redis says online again with the same pid, which is no start', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(worker.online());
    expect(state(stage)).toEqual([true, 0, 0, 0, [100]]);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 1, running: 1 });
  });

  it('over AMQP says offline and online of the same pid: nothing that runs is lost', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.started('a'));
    stage.beat(4, worker);
    stage.deliver(worker.offline());
    stage.wait(1);
    expect(stage.known().up).toBe(false);
    stage.deliver(worker.online());
    stage.beat(10, worker);
    expect([stage.known().up, stage.known().processes.length, stage.counts('unknown', 'unknown')]).toEqual([
      true,
      1,
      { started: 1, running: 1 },
    ]);
  });
});

describe('two processes with one nodename', () => {
  it('are up while one of them lives, and each keeps its own tasks', () => {
    const stage = new Stage();
    const [one, two] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(one.online(), two.online(), one.started('a'), two.started('b'));
    stage.beat(120, one, two);
    expect([stage.known().up, stage.model.workers.countUp, stage.known().exits]).toEqual([
      true,
      2,
      { shutdown: 0, died: 0 },
    ]);
    stage.beat(62, one);
    expect([stage.known().up, stage.known().exits, stage.counts('unknown', 'unknown')]).toEqual([
      true,
      { shutdown: 0, died: 1 },
      { started: 2, running: 1, lost: 1 },
    ]);
    stage.wait(7);
    expect([stage.known().up, stage.known().exits]).toEqual([false, { shutdown: 0, died: 2 }]);
  });

  it('speak by the younger of those that live', () => {
    const stage = new Stage();
    const [one, two] = [stage.worker('celery@one', 1), stage.worker('celery@one', 2)];
    stage.deliver(one.online(), two.online());
    stage.beat(4, one, two);
    expect(stage.known().current()?.pid).toBe(2);
    stage.deliver(two.offline());
    expect([stage.known().current()?.pid, stage.known().up]).toEqual([1, true]);
    stage.deliver(one.offline());
    expect([stage.known().current()?.pid, stage.known().up]).toEqual([2, false]);
  });

  it('and any number of them are followed up to a limit, the first given up first', () => {
    const stage = new Stage();
    for (let pid = 1; pid <= 1000; pid++) stage.deliver(stage.worker('celery@one', pid).started(String(pid)));
    expect(stage.known().processes.length).toBe(100);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 1000, running: 100, lost: 900 });
    stage.wait(200);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 1000, lost: 1000 });
  });
});

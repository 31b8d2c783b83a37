// Two workers that share a name and a pid, as replicas of a container with a fixed name do: nothing is lost, nobody
// died, and it shows. A restart of one is still a restart.
import { describe, expect, it } from '@jest/globals';
import { type FakeWorker, Stage } from '../testing.js';

const NAME = 'worker@app';

function replicas(stage: Stage): [FakeWorker, FakeWorker] {
  return [stage.worker(NAME, 1), stage.worker(NAME, 1)];
}

const seen = (stage: Stage): Record<string, unknown> => {
  const { up, exits, instances } = stage.known(NAME);
  return { up, ...exits, instances };
};

/** Both send their heartbeats, the second so many seconds after the first. */
function beat(stage: Stage, seconds: number, one: FakeWorker, two: FakeWorker, after = 0.7): void {
  for (let passed = 0; passed < seconds; passed += 2) {
    stage.deliver(one.heartbeat());
    stage.wait(after);
    stage.deliver(two.heartbeat());
    stage.wait(2 - after);
  }
}

describe('two workers with one name and one pid', () => {
  it('of which the second starts while tasks run on the first: none is lost, nobody died, both end', () => {
    const stage = new Stage();
    const [one, two] = replicas(stage);
    stage.deliver(one.online(), one.started('a'), one.started('b'));
    stage.beat(4, one);
    stage.wait(0.7);
    stage.deliver(two.online());
    beat(stage, 14, one, two, 1.3);
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 0, instances: 2 });
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, running: 2 });
    stage.deliver(one.succeeded('a'), one.succeeded('b'));
    beat(stage, 120, one, two, 1.3);
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 0, instances: 2 });
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, succeeded: 2, durations: 2 });
    expect(stage.model.workers.countUp).toBe(2);
  });

  it.each([0.05, 0.3, 0.9])(
    'of which the first, busy since its last heartbeat, sends its next %s s after the other is there: its tasks run on',
    (after) => {
      const stage = new Stage();
      const [one, two] = replicas(stage);
      stage.deliver(one.online());
      stage.beat(4, one);
      stage.wait(1);
      stage.deliver(one.started('a'), one.started('b'));
      stage.wait(1 - after);
      stage.deliver(two.online());
      for (let passed = 0; passed < 14; passed += 2) {
        stage.wait(after);
        stage.deliver(one.heartbeat());
        stage.wait(2 - after);
        stage.deliver(two.heartbeat());
      }
      expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 0, instances: 2 });
      expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, running: 2 });
    },
  );

  it.each([0.01, 0.3, 1, 1.5, 1.99])('whose heartbeats are %s s apart: each keeps its own, whoever works', (after) => {
    const stage = new Stage();
    const [one, two] = replicas(stage);
    stage.deliver(one.online(), two.online());
    beat(stage, 6, one, two, after);
    let n = 0;
    for (let round = 0; round < 20; round++) {
      const works = round % 3 === 0 ? two : one;
      stage.deliver(works.started(`t${String(n)}`));
      beat(stage, 4, one, two, after);
      stage.deliver(works.succeeded(`t${String(n++)}`));
      beat(stage, 4, one, two, after);
    }
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 0, instances: 2 });
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 20, succeeded: 20, durations: 20 });
    expect(stage.known(NAME).missed).toBe(0);
  });

  it('that do nothing are told by their heartbeats, which come closer than one process sends them', () => {
    const stage = new Stage();
    const [one, two] = replicas(stage);
    stage.deliver(one.online(), two.online());
    beat(stage, 10, one, two);
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 0, instances: 2 });
    stage.beat(10, one);
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 0, instances: 1 });
  });

  it.each([0, 1])(
    'of which number %i is killed: answers and task events of the other keep it alive no longer',
    (dies) => {
      const stage = new Stage();
      const both = replicas(stage);
      const [one, two] = both;
      stage.deliver(one.online(), two.online());
      beat(stage, 6, one, two);
      stage.deliver(one.started('x'), one.succeeded('x'));
      beat(stage, 10, one, two);
      const left = both[1 - dies] as FakeWorker;
      for (let passed = 0; passed < 30; passed += 2) {
        stage.deliver(left.heartbeat(), left.started(`t${String(passed)}`), left.succeeded(`t${String(passed)}`));
        stage.model.workers.answered(NAME, 1, stage.now);
        stage.wait(2);
      }
      expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 1, instances: 1 });
    },
  );

  it('that do nothing are told by two answers to each question', () => {
    const stage = new Stage();
    const [one, two] = replicas(stage);
    stage.deliver(one.online(), two.online());
    for (const ticket of ['a', 'a', 'b']) stage.known(NAME).holders.answered(ticket);
    expect(stage.known(NAME).instances).toBe(1);
    stage.known(NAME).holders.answered('b');
    expect(stage.known(NAME).instances).toBe(2);
    for (const ticket of ['c', 'd']) stage.known(NAME).holders.answered(ticket);
    expect(stage.known(NAME).instances).toBe(1);
  });

  it('of which one dies: it counts as died, and what ran is settled by what the other says, since it may be its own', () => {
    const stage = new Stage();
    const [one, two] = replicas(stage);
    stage.deliver(one.online(), one.started('a'), one.succeeded('a'));
    stage.beat(4, one);
    stage.wait(0.7);
    stage.deliver(two.online());
    beat(stage, 6, one, two, 1.3);
    stage.deliver(one.started('b'), two.started('c'));
    beat(stage, 6, one, two, 1.3);
    stage.beat(70, one);
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 1, instances: 1 });
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 3, succeeded: 1, durations: 1, running: 2 });
    expect(stage.known(NAME).current()?.isOvercounted()).toBe(true);
    stage.deliver(one.succeeded('b'));
    stage.beat(6, one);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 3, succeeded: 2, durations: 2, unresolved: 1 });
  });

  it('of which one says goodbye: the other stays up', () => {
    const stage = new Stage();
    const [one, two] = replicas(stage);
    stage.deliver(one.online(), one.started('a'), one.succeeded('a'));
    stage.beat(4, one);
    stage.wait(0.7);
    stage.deliver(two.online());
    beat(stage, 6, one, two, 1.3);
    stage.deliver(two.offline());
    stage.beat(10, one);
    expect(seen(stage)).toEqual({ up: true, shutdown: 1, died: 0, instances: 1 });
  });

  it('do not make missed events of each other', () => {
    const stage = new Stage();
    const [one, two] = replicas(stage);
    stage.deliver(one.online());
    stage.wait(1);
    stage.deliver(one.started('x'), one.succeeded('x'));
    stage.beat(4, one);
    stage.wait(0.7);
    stage.deliver(two.online());
    for (let i = 0; i < 50; i++) {
      const works = i % 2 === 0 ? one : two;
      stage.deliver(works.started(`t${String(i)}`), works.succeeded(`t${String(i)}`));
      beat(stage, 2, one, two, 1.3);
    }
    expect([stage.known(NAME).missed, stage.known(NAME).instances]).toEqual([0, 2]);
    expect(stage.counts('unknown', 'unknown')).toMatchObject({ started: 51, succeeded: 51 });
  });
});

describe('a restart with the same pid', () => {
  it('by SIGKILL is one death, its tasks are lost in time, and nobody shares the name', () => {
    const stage = new Stage();
    const [old, young] = replicas(stage);
    stage.deliver(old.online(), old.started('a'), old.started('b'));
    stage.beat(9, old);
    stage.wait(1.2);
    stage.deliver(young.online());
    for (let i = 0; i < 100; i++) {
      stage.deliver(young.started(`t${String(i)}`), young.succeeded(`t${String(i)}`));
      stage.beat(2, young);
      expect(stage.known(NAME).instances).toBe(1);
    }
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 1, instances: 1 });
    expect(stage.counts('unknown', 'unknown')).toMatchObject({ started: 102, succeeded: 100, lost: 2 });
    expect(stage.known(NAME).starts).toBe(1);
  });

  it('of a worker that overtakes at once what its predecessor had counted is not taken for its heartbeats', () => {
    for (const after of [0.2, 0.5, 1.1, 1.7]) {
      const stage = new Stage();
      const [old, young] = replicas(stage);
      stage.deliver(old.online(), old.started('a'));
      stage.beat(10, old);
      stage.wait(after);
      stage.deliver(young.online());
      young.processed = 5000;
      stage.beat(70, young);
      expect([after, seen(stage)]).toEqual([after, { up: true, shutdown: 0, died: 1, instances: 1 }]);
      expect(stage.counts('unknown', 'unknown')).toMatchObject({ started: 1, lost: 1 });
    }
  });

  it('whose goodbye came before loses nothing of what the old one still ends', () => {
    const stage = new Stage();
    const [old, young] = replicas(stage);
    stage.deliver(old.online(), old.started('a'));
    stage.beat(4, old);
    stage.deliver(old.offline());
    stage.wait(1.1);
    stage.deliver(young.online(), young.started('b'));
    stage.beat(300, young);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, running: 2 });
    stage.deliver(old.succeeded('a'), young.succeeded('b'));
    stage.beat(4, young);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 2, succeeded: 2, durations: 2 });
    expect(seen(stage)).toEqual({ up: true, shutdown: 1, died: 0, instances: 1 });
  });

  it('whose first heartbeats come late by a busy host is no second worker', () => {
    const stage = new Stage();
    const worker = stage.worker(NAME, 1);
    stage.deliver(worker.online());
    for (const late of [2, 2.9, 2, 4.4, 2, 2, 3.3, 2, 2]) {
      stage.wait(late);
      stage.deliver(worker.heartbeat());
    }
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 0, instances: 1 });
  });
});

describe('two workers with one name and different pids', () => {
  it('are two, and their numbers are sums', () => {
    const stage = new Stage();
    const [one, two] = [stage.worker(NAME, 10), stage.worker(NAME, 20)];
    stage.deliver(one.online(), two.online(), one.started('a'), two.started('b'));
    beat(stage, 6, one, two);
    expect(seen(stage)).toEqual({ up: true, shutdown: 0, died: 0, instances: 2 });
    expect(stage.known(NAME).total(({ heartbeat }) => heartbeat?.active)).toBe(2);
  });

  it('are one where the old one was killed and the new one follows', () => {
    const stage = new Stage();
    const [one, two] = [stage.worker(NAME, 10), stage.worker(NAME, 20)];
    stage.deliver(one.online());
    stage.beat(4, one);
    stage.wait(1);
    stage.deliver(two.online());
    stage.beat(2, two);
    expect(stage.known(NAME).instances).toBe(1);
  });
});

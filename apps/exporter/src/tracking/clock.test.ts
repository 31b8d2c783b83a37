// Clocks that are set while the exporter runs: nothing ages by it, nobody dies of it, no counter falls.
import { describe, expect, it } from '@jest/globals';
import { clockOf } from './clock.js';
import { Random, Stage } from './testing.js';

const DAY = 86_400;

/** A machine on which time passes, and whose clock somebody sets. */
class Machine {
  passed = 5_000;
  wall = 1_800_000_000_000;
  readonly clock = clockOf({ passed: () => this.passed, wall: () => this.wall });

  pass(seconds: number): void {
    this.passed += seconds * 1000;
    this.wall += seconds * 1000;
  }

  set(by: number): void {
    this.wall += by * 1000;
  }
}

describe('the clock', () => {
  it('begins with the time of the machine and goes on by what passes, whatever becomes of that', () => {
    const machine = new Machine();
    expect(machine.clock.now()).toBe(1_800_000_000);
    machine.pass(10);
    machine.set(-8 * 3600);
    machine.pass(5);
    machine.set(30 * DAY);
    expect(machine.clock.now()).toBe(1_800_000_015);
    expect(machine.clock.wall()).toBe(1_800_000_015 - 8 * 3600 + 30 * DAY);
  });
});

/** A stage on that machine, fed as the exporter's watch feeds its model. */
class JumpingStage extends Stage {
  readonly machine = new Machine();

  override wait(seconds: number): void {
    for (let left = seconds; left > 0; left -= 1) {
      this.machine.pass(Math.min(1, left));
      this.tell();
      this.model.tick(this.now);
    }
  }

  /** Workers' clocks are right all the time: `now` is theirs, too. */
  tell(): void {
    const { clock } = this.machine;
    this.now = clock.now();
    this.model.setWall(clock.wall() - clock.now(), this.now);
  }
}

/** Everything that may only rise. */
function counters(stage: Stage): Map<string, number> {
  const all = new Map<string, number>();
  for (const series of stage.model.tasks) {
    const name = `${series.task.name}|${series.queue}`;
    series.states.forEach((count, i) => all.set(`${name}|${String(i)}`, count));
    all.set(`${name}|lost`, series.lost).set(`${name}|unresolved`, series.unresolved);
    all.set(`${name}|durations`, series.duration?.count ?? 0);
  }
  for (const { nodename, exits, starts, missed } of stage.model.workers)
    all.set(`${nodename}|died`, exits.died).set(`${nodename}|starts`, starts).set(`${nodename}|missed`, missed);
  return all;
}

describe('a clock that is set back and forth, by anything up to years', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('loses no counter, kills no worker, gives no error (seed %s)', (seed) => {
    const random = new Random(seed);
    const stage = new JumpingStage({ seriesTtl: 600, tracker: { taskTtl: 300 } });
    stage.tell();
    const workers = ['a', 'b'].map((name) => stage.worker(`celery@${name}`));
    stage.deliver(...workers.map((each) => each.online()));
    let before = counters(stage);
    for (let step = 0; step < 400; step++) {
      stage.wait(1);
      if (random.chance(0.2)) stage.machine.set((random.next() * 2 - 1) * random.pick([2, 60, 3600, DAY, 1000 * DAY]));
      stage.tell();
      const worker = random.pick(workers);
      const id = random.uuid();
      const name = random.pick(['one', 'two', 'three']);
      stage.deliver(stage.sent(id, { name }), worker.received(id, { name }), worker.started(id));
      if (random.chance(0.9)) stage.deliver(worker.succeeded(id));
      if (step % 2 === 0) stage.deliver(...workers.map((each) => each.heartbeat()));
      const after = counters(stage);
      for (const [counter, value] of before)
        expect([counter, after.get(counter) ?? -1]).toEqual([counter, Math.max(value, after.get(counter) ?? -1)]);
      before = after;
    }
    for (const { up, exits } of stage.model.workers) expect([up, exits]).toEqual([true, { shutdown: 0, died: 0 }]);
  });

  it('shows the skew and the lag by the machine as it is set, and ages by what has passed', () => {
    const stage = new JumpingStage();
    stage.tell();
    const worker = stage.worker();
    stage.deliver(worker.online());
    stage.wait(2);
    stage.machine.set(-100);
    stage.tell();
    stage.deliver(worker.heartbeat());
    expect(stage.known().clockSkew).toBeCloseTo(100, 6);
    stage.model.queues.read('q', 1, [{ id: 'x', eta: null }], () => undefined, stage.now);
    stage.machine.set(30 * DAY);
    stage.wait(10);
    const [queue] = stage.model.queues;
    expect(stage.now - (queue?.oldestSince ?? 0)).toBeCloseTo(10, 6);
  });

  it.each([-3600, 3600, 30 * DAY, -8 * 3600])('ages waiting messages by what has passed (set by %s s)', (by) => {
    const stage = new JumpingStage();
    stage.machine.set(0.25);
    stage.tell();
    stage.deliver({ ...stage.sent('a'), timestamp: stage.machine.clock.wall() });
    const age = (id: string): number => {
      stage.model.queues.read('q', 1, [{ id, eta: null }], (each) => stage.model.waitingSince(each), stage.now);
      return stage.now - (stage.model.queues.get('q')?.oldestSince ?? NaN);
    };
    stage.wait(15);
    expect(age('a')).toBeCloseTo(15, 6);
    stage.machine.set(by);
    stage.wait(10);
    expect(age('a')).toBeCloseTo(25, 6);
    // What is sent from then on goes by the clock as it is then; what was sent before is next only now.
    stage.deliver({ ...stage.sent('b'), timestamp: stage.machine.clock.wall() });
    stage.wait(7);
    expect([age('b'), age('a')].map(Math.round)).toEqual([7, 32]);
  });

  it('even where the time that the model is given goes back: it stands still, and no row outlives its series', () => {
    const stage = new Stage({ seriesTtl: 600, tracker: { taskTtl: 300 } });
    const worker = stage.worker();
    const real = stage.now;
    const at = (offset: number, id: string): void => {
      stage.now = real + offset;
      stage.deliver(worker.received(id, { name: id }), worker.started(id));
      stage.model.tick(stage.now);
    };
    at(0, 'a');
    at(-5000, 'b');
    at(10, 'c');
    for (const offset of [400, 800, 1200, -9000, 1600, 2000]) at(offset, `t${String(offset)}`);
    stage.deliver(worker.succeeded('b'), worker.succeeded('c'));
    const { 'unknown|unknown': unknown, 't2000|unknown': last, 'a|unknown': gone } = stage.all();
    expect([unknown, last, gone]).toEqual([
      { succeeded: 2, durations: 2 },
      { received: 1, started: 1, running: 1, prefetchWaits: 1 },
      undefined,
    ]);
    expect(stage.model.tracker.expired.running).toBeGreaterThan(5);
  });
});

describe('an exporter that was stopped for a while', () => {
  it('kills no worker by the tick that comes before what was sent meanwhile is read', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.started('a'));
    stage.beat(10, worker);
    stage.now += 90;
    stage.model.tick(stage.now);
    stage.deliver(worker.heartbeat());
    stage.beat(10, worker);
    expect([stage.known().up, stage.known().exits.died]).toEqual([true, 0]);
    expect(stage.counts('unknown', 'unknown')).toEqual({ started: 1, running: 1 });
  });
});

// Every capture of real workers, replayed: exact counts, what is left on, and what becomes of it.
import { describe, expect, it } from '@jest/globals';
import { Stage } from './testing.js';
import { account, readCapture, replay } from './testing-captures.js';
import { EXPECTED } from './testing-expected.js';

const CASES = EXPECTED.flatMap((expected) => expected.captures.map((name) => ({ name, expected })));

function textOf(stage: Stage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stage.all()).map(([pair, counts]) => [
      pair,
      Object.entries(counts)
        .map(([what, count]) => `${what} ${String(count)}`)
        .join(' '),
    ]),
  );
}

/** One number over all pairs. */
function sum(stage: Stage, what: string): number {
  return Object.values(stage.all()).reduce((all, counts) => all + (counts[what] ?? 0), 0);
}

/** Every number that a model shows, to look for those that are none. */
function numbersOf(stage: Stage): number[] {
  const { model } = stage;
  const series = [...model.tasks].flatMap((each) => [
    ...each.states,
    each.running,
    each.lost,
    each.unresolved,
    each.lastSeen,
    each.task.lastSuccess,
    ...each.failures.values(),
    ...[each.duration, each.queueWait, each.prefetchWait].flatMap((histogram) =>
      histogram === undefined ? [] : [...histogram.counts, histogram.sum, histogram.count],
    ),
  ]);
  const workers = [...model.workers].flatMap((each) => [
    ...each.states,
    each.starts,
    each.exits.died,
    each.exits.shutdown,
    each.missed,
    each.lastHeartbeatAt,
    each.clockSkew ?? 0,
    each.aheadOfNow(0),
    ...(each.loadAverage ?? []),
    ...each.processes.flatMap(({ heartbeat, frequency, runs }) => [
      heartbeat?.active ?? 0,
      heartbeat?.processed ?? 0,
      heartbeat?.timestamp ?? 0,
      frequency ?? 0,
      runs,
    ]),
  ]);
  return [...series, ...workers, ...model.lag.counts, model.lag.sum, ...model.tracker.table.sizes];
}

function expectSane(stage: Stage): void {
  expect(numbersOf(stage).filter((number) => !Number.isFinite(number) || number < -3600)).toEqual([]);
  expect(
    [...stage.model.tasks].filter(
      ({ running, task, queue }) => running < 0 || task.name === 'undefined' || queue === 'undefined',
    ),
  ).toEqual([]);
  const { came, counted } = account(stage);
  expect(counted).toEqual(came);
}

/** So much time that everything that is on must have come to an end. */
function settle(stage: Stage): void {
  for (let waited = 0; waited < 4000; waited += 10) {
    stage.now += 10;
    stage.model.tick(stage.now);
  }
}

describe.each(CASES)('the capture $name', ({ name, expected }) => {
  it('counts exactly what happened', () => {
    const stage = new Stage();
    replay(stage, readCapture(name), expected.consumed);
    expect(textOf(stage)).toEqual(expected.pairs);
    expect([stage.duplicates, Object.fromEntries(stage.model.refusals)]).toEqual([
      expected.duplicates ?? {},
      expected.refused ?? {},
    ]);
    expect([stage.rows['waiting'], stage.rows['running']]).toEqual([expected.waiting, expected.running]);
    expect([...stage.model.workers].reduce((missed, worker) => missed + worker.missed, 0)).toBe(expected.missed);
    expectSane(stage);
  });

  it('comes to rest: what was still on is lost with its worker, and only what waited still waits', () => {
    const stage = new Stage();
    replay(stage, readCapture(name), expected.consumed);
    const [on, unresolved] = [sum(stage, 'running'), sum(stage, 'unresolved')];
    settle(stage);
    expect([sum(stage, 'running'), sum(stage, 'lost'), sum(stage, 'unresolved')]).toEqual([0, on, unresolved]);
    expect(stage.rows).toEqual({ waiting: expected.waiting + expected.running, running: 0, ended: 0 });
    expect([...stage.model.workers]).toEqual([]);
    expectSane(stage);
  });
});

describe('captures of workers', () => {
  it('show goodbyes, reconnects and deaths for what they are', () => {
    const exits = (name: string): unknown[] => {
      const stage = new Stage();
      replay(stage, readCapture(name));
      // The poller would have told by now that these are no solo workers.
      for (const worker of stage.model.workers) worker.pool = { pid: 1, pool: 'prefork', processes: 2 };
      stage.wait(30);
      return [...stage.model.workers].map((worker) => [
        worker.nodename,
        worker.up,
        worker.starts,
        worker.exits.shutdown,
        worker.exits.died,
      ]);
    };
    expect(exits('redis-5.2.6-prefork')).toEqual([['worker1@example', false, 0, 1, 0]]);
    expect(exits('redis-5.6.3-gevent')).toEqual([['worker1@example', false, 0, 0, 1]]);
    expect(exits('redis-5.6.3-reconnect')).toEqual([['worker1@example', false, 0, 1, 0]]);
    expect(exits('redis-5.6.3-lifecycle')).toEqual([
      ['worker1@example', false, 0, 0, 1],
      ['worker2@example', false, 0, 1, 0],
    ]);
  });

  it('in five time zones have clocks that differ by less than a second, whatever utcoffset they tell', () => {
    const stage = new Stage();
    replay(stage, readCapture('redis-5.6.3-timezones'));
    const skews = [...stage.model.workers].map((worker) => worker.clockSkew ?? NaN);
    expect(skews.length).toBe(5);
    expect(skews.every((skew) => Math.abs(skew) < 0.1)).toBe(true);
    const { lag } = stage.model;
    expect([lag.count, lag.sum / lag.count < 0.1]).toEqual([55, true]);
    // Waits of tasks with an ETA of two seconds: none is hours off.
    expect([...stage.model.tasks].every(({ queueWait }) => queueWait !== undefined && queueWait.sum < 1)).toBe(true);
  });

  it('never see a solo worker die of its pauses', () => {
    const stage = new Stage();
    const captured = readCapture('redis-5.6.3-solo');
    replay(stage, captured.slice(0, 60));
    stage.known('worker1@example').pool = { pid: 816, pool: 'solo', processes: 1 };
    replay(stage, captured.slice(60));
    stage.wait(1);
    expect(stage.known('worker1@example').exits).toEqual({ shutdown: 1, died: 0 });
  });

  it('bring short heartbeats that change nothing', () => {
    const stage = new Stage();
    const captured = readCapture('redis-5.6.3-lifecycle');
    replay(stage, captured.slice(0, 40));
    for (const name of ['worker1@example', 'worker2@example']) {
      expect(stage.known(name).current()?.frequency).toBe(2);
      expect(stage.known(name).current()?.heartbeat).toMatchObject({ active: 0 });
    }
  });
});

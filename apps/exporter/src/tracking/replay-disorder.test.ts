// Captures as a worse network would bring them: from the middle, out of order, every message twice.
import { TASK_STATES } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { Random, Stage } from './testing.js';
import { account, type Captured, readCapture, replay } from './testing-captures.js';
import { EXPECTED } from './testing-expected.js';

const NAMES = EXPECTED.flatMap(({ captures }) => captures).filter(
  (name) => !name.startsWith('redis-opt-') || name === 'redis-opt-db3',
);

function sum(stage: Stage, what: string): number {
  return Object.values(stage.all()).reduce((all, counts) => all + (counts[what] ?? 0), 0);
}

/** Plays it, lets everything come to rest, and checks what must hold however the events came. */
function played(captured: readonly Captured[]): Stage {
  const stage = new Stage();
  replay(stage, captured);
  for (const series of stage.model.tasks) expect(series.running).toBeGreaterThanOrEqual(0);
  for (let waited = 0; waited < 4000; waited += 10) {
    stage.now += 10;
    stage.model.tick(stage.now);
  }
  expect([sum(stage, 'running'), stage.rows['running']]).toEqual([0, 0]);
  const { came, counted } = account(stage);
  expect(counted).toEqual(came);
  return stage;
}

describe.each(NAMES)('the capture %s', (name) => {
  const captured = readCapture(name);

  it('from the middle counts each event that is heard, and what it cannot name under unknown', () => {
    for (const part of [0.25, 0.5, 0.75]) {
      const stage = played(captured.slice(Math.floor(captured.length * part)));
      const { sent = 0, received = 0 } = stage.counts('unknown', 'unknown') ?? {};
      // A second delivery of what already runs without a name counts with it; this capture has one.
      expect([
        sent,
        received <= (name === 'redis-5.6.3-reconnect' ? 1 : 0),
        stage.counts('undefined', 'undefined'),
      ]).toEqual([0, true, undefined]);
    }
  });

  it('shuffled within 50 ms to either side loses no event: each counts, or is told as a duplicate', () => {
    for (const seed of [1, 2, 3]) {
      const random = new Random(seed);
      const shuffled = captured
        .map(({ at, message }) => ({ at: at + random.next() * 0.1 - 0.05, message }))
        .sort((one, two) => one.at - two.at);
      const stage = played(shuffled);
      const straight = new Stage();
      replay(straight, captured);
      for (const state of ['sent', 'received', 'started'] as const)
        expect([state, sum(stage, state)]).toEqual([state, sum(straight, state)]);
    }
  });

  it('with every message twice counts sent, received and started twice, for nothing tells them from a second delivery, and never invents a third', () => {
    const stage = played(captured.flatMap((each) => [each, each]));
    const straight = new Stage();
    replay(straight, captured);
    for (const state of TASK_STATES) {
      const once = sum(straight, state) + (straight.duplicates[state] ?? 0);
      const counted = sum(stage, state);
      if (state === 'sent' || state === 'received' || state === 'started')
        expect([state, counted]).toEqual([state, 2 * once]);
      else expect([state, counted >= sum(straight, state) && counted <= 2 * once]).toEqual([state, true]);
    }
  });
});

describe('an exporter that comes into the middle', () => {
  it('counts a task by its name again from the next task that it sees from its start', () => {
    const captured = readCapture('redis-5.6.3-prefork');
    const stage = played(captured.slice(Math.floor(captured.length / 2)));
    const known = Object.keys(stage.all()).filter((pair) => pair !== 'unknown|unknown');
    expect(known.length).toBeGreaterThan(3);
    const unknown = stage.counts('unknown', 'unknown') ?? {};
    expect(Object.keys(unknown).length).toBeGreaterThan(0);
  });
});

// The age of a queue whose messages cannot be looked at, by what was sent to it and not received.
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../testing.js';

/** How long the next message of each queue has waited, for queues of these lengths. */
function ages(stage: Stage, lengths: Readonly<Record<string, number>>): Record<string, number> {
  const since = stage.model.oldestWaiting(new Map(Object.entries(lengths)), stage.now);
  return Object.fromEntries([...since].map(([queue, at]) => [queue, stage.now - at]));
}

/** One is sent each ten seconds: the first is the oldest. */
function sendEachTen(stage: Stage, ...uuids: string[]): void {
  for (const uuid of uuids) {
    stage.deliver(stage.sent(uuid));
    stage.wait(10);
  }
}

describe('the message that is next in a queue', () => {
  it('is the oldest that was sent and not received', () => {
    const stage = new Stage();
    sendEachTen(stage, 'a', 'b', 'c');
    expect(ages(stage, { queue: 3 })).toEqual({ queue: 30 });
    const worker = stage.worker();
    stage.deliver(worker.received('a'));
    expect(ages(stage, { queue: 2 })).toEqual({ queue: 20 });
    stage.deliver(worker.started('a'), worker.received('b'));
    expect(ages(stage, { queue: 1, other: 4 })).toEqual({ queue: 10 });
  });

  it('is none of those that were purged, or taken without a word: the youngest are there', () => {
    const stage = new Stage();
    sendEachTen(stage, 'purged 1', 'purged 2', 'there');
    expect(ages(stage, { queue: 1 })).toEqual({ queue: 10 });
    expect(ages(stage, { queue: 0 })).toEqual({});
  });

  it('is at least as old as the oldest that is known, where others send without a word', () => {
    const stage = new Stage();
    sendEachTen(stage, 'a');
    expect(ages(stage, { queue: 500, silent: 3 })).toEqual({ queue: 10 });
  });

  it('has waited since its ETA, and not before it', () => {
    const stage = new Stage();
    stage.deliver(stage.sent('later', { eta: stage.now + 20 }));
    stage.wait(5);
    expect(ages(stage, { queue: 1 })).toEqual({});
    stage.wait(45);
    expect(ages(stage, { queue: 1 })).toEqual({ queue: 30 });
  });

  it('may be a retry, which waits since it was sent anew', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(stage.sent('a'), worker.received('a'), worker.started('a'));
    stage.wait(60);
    stage.deliver(stage.sent('a', { retries: 1 }), worker.retried('a'));
    stage.wait(7);
    expect(ages(stage, { queue: 1 })).toEqual({ queue: 7 });
  });

  it('is as old as it is, whatever was done to the clock of the machine', () => {
    const stage = new Stage();
    stage.model.setWall(0, stage.now);
    sendEachTen(stage, 'a');
    stage.model.setWall(3600, stage.now);
    expect(ages(stage, { queue: 1 })).toEqual({ queue: 10 });
  });
});

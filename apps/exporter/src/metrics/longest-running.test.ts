// How long a task has been running, on the page: by what has passed, whatever becomes of the machine's clock meanwhile.
import { describe, expect, it } from '@jest/globals';
import { taskMetrics } from '@celery-watch/celery-protocol';
import { Stage } from '../tracking/testing.js';
import { taskFamilies } from './task-families.js';

function longestRunning({ model, now }: Stage): number | undefined {
  let longest: number | undefined;
  taskFamilies(model, { durationBuckets: [1], waitBuckets: [1] }, () => now)
    .find(({ entry }) => entry === taskMetrics.longestRunning)
    ?.write({
      add: (_labels, value) => {
        longest = value;
      },
      histogram: () => {
        throw new TypeError('not a histogram');
      },
    });
  return longest;
}

describe('the age of a task that has run for 20 seconds', () => {
  it.each([3600, -3600])('is 20 when the clock of this machine is set by %i s, before a heartbeat and after', (by) => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.started('a'));
    stage.beat(20, worker);
    stage.model.setWall(by, stage.now);
    expect(longestRunning(stage)).toBe(20);
    stage.deliver(worker.heartbeat());
    expect(longestRunning(stage)).toBe(20);
  });

  it.each([0, 60, -60])('is 20 where the worker is ahead by %i s', (skew) => {
    const stage = new Stage();
    const worker = stage.worker();
    worker.skew = skew;
    stage.deliver(worker.online(), worker.started('a'));
    stage.beat(20, worker);
    expect(longestRunning(stage)).toBe(20);
  });

  it('is 20 where the worker sends no heartbeats, and this machine had been set before', () => {
    const stage = new Stage();
    stage.model.setWall(3600, stage.now);
    const worker = stage.worker();
    worker.skew = 3600;
    stage.deliver(worker.started('a'));
    stage.wait(20);
    expect(longestRunning(stage)).toBe(20);
  });

  it('stands still while nobody is heard, and goes on when somebody is', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver(worker.online(), worker.started('a'));
    stage.beat(20, worker);
    stage.model.listening(undefined);
    stage.wait(100);
    expect(longestRunning(stage)).toBe(20);
    stage.model.listening(undefined, false);
    stage.wait(100);
    expect(longestRunning(stage)).toBe(20);
    stage.model.listening(stage.now);
    expect(longestRunning(stage)).toBe(220);
  });

  it('has no transit time in it, where both clocks are right', () => {
    const stage = new Stage();
    const worker = stage.worker();
    worker.skew = -0.5;
    stage.deliver(worker.online());
    worker.skew = 0;
    stage.deliver(worker.started('a'));
    stage.wait(20);
    expect(longestRunning(stage)).toBe(20);
  });
});

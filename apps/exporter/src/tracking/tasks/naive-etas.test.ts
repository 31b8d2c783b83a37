// ETAs without an offset, as senders write them: waits come out the same in any zone that the exporter runs in.
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../testing.js';

function queueWait(stage: Stage): number | undefined {
  const [series] = stage.model.tasks;
  return series?.queueWait?.sum;
}

describe('an ETA without an offset', () => {
  const naive = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('Z', '');

  it('is UTC, as it is to the workers, wherever the exporter runs', () => {
    const stage = new Stage();
    const worker = stage.worker();
    stage.deliver({ ...stage.sent('a'), eta: naive(stage.now + 10) });
    stage.wait(10.2);
    stage.deliver(worker.received('a'), worker.started('a'));
    expect(queueWait(stage)).toBeCloseTo(0.2);
  });

  it.each([
    ['earlier', -8 * 3600],
    ['later', 8 * 3600],
  ])('counts as the worker says where that is %s than what the sender wrote', (_which, shift) => {
    const stage = new Stage();
    const worker = stage.worker();
    const eta = stage.now + 10;
    stage.deliver({ ...stage.sent('a'), eta: naive(eta - shift) });
    stage.wait(1);
    stage.deliver(worker.received('a', { eta }));
    stage.wait(9.2);
    stage.deliver(worker.started('a'));
    expect(queueWait(stage)).toBeCloseTo(0.2);
  });

  it('begins no wait for a task that is on when it is delivered again', () => {
    const stage = new Stage();
    const worker = stage.worker();
    const eta = stage.now + 10;
    stage.deliver(stage.sent('a', { eta }));
    stage.wait(11);
    stage.deliver(worker.received('a', { eta }), worker.started('a'), worker.received('a', { eta: eta + 60 }));
    stage.wait(60);
    stage.deliver(worker.started('a'));
    expect(stage.counts()).toMatchObject({ queueWaits: 1 });
  });
});

// The sum of what a worker's processes have started is a counter: it never falls, and counts nothing twice.
import { describe, expect, it } from '@jest/globals';
import { Stage } from '../testing.js';
import { ProcessedTasks } from './processed-tasks.js';

const ONE = { id: 1, pid: 10 };
const TWO = { id: 2, pid: 20 };

describe('the tasks that a worker has started', () => {
  it('are not known before anybody has said it, and may be none', () => {
    const processed = new ProcessedTasks();
    expect(processed.total).toBeUndefined();
    processed.heard(ONE, 0);
    expect(processed.total).toBe(0);
  });

  it('are a sum over its processes, to which one that falls silent still belongs', () => {
    const processed = new ProcessedTasks();
    processed.heard(ONE, 1000);
    processed.heard(TWO, 900);
    processed.heard(TWO, 930);
    expect(processed.total).toBe(1930);
    processed.gone(ONE);
    processed.heard(TWO, 931);
    expect(processed.total).toBe(1931);
  });

  it('do not count twice what one had started that was given up and comes back', () => {
    const processed = new ProcessedTasks();
    processed.heard(ONE, 1000);
    processed.gone(ONE);
    processed.heard({ id: 3, pid: 10 }, 1005);
    expect(processed.total).toBe(1005);
  });

  it('begin anew with a successor of the same pid, and stay counted', () => {
    const processed = new ProcessedTasks();
    processed.heard(ONE, 1000);
    processed.gone(ONE);
    processed.heard({ id: 3, pid: 10 }, 4);
    processed.heard({ id: 3, pid: 10 }, 6);
    expect(processed.total).toBe(1006);
  });

  it('do not fall by a heartbeat that is late', () => {
    const processed = new ProcessedTasks();
    for (const count of [5, 9, 7, 9, 10]) processed.heard(ONE, count);
    expect(processed.total).toBe(10);
  });
});

it('two workers of one name: no number falls when one is silent, and none is counted again when it is back', () => {
  const stage = new Stage();
  const [one, two] = [stage.worker('celery@one', 11), stage.worker('celery@one', 12)];
  [one.processed, two.processed] = [1000, 900];
  stage.deliver(one.heartbeat());
  stage.wait(1);
  stage.deliver(two.heartbeat());
  const seen: (number | undefined)[] = [];
  const look = (): void => {
    const { total } = stage.known().processed;
    if (seen.at(-1) !== total) seen.push(total);
  };
  look();
  for (let seconds = 0; seconds < 100; seconds += 2) {
    stage.beat(2, two);
    look();
  }
  one.processed = 1004;
  two.processed = 901;
  stage.beat(4, one, two);
  look();
  expect(seen).toEqual([1900, 1905]);
});

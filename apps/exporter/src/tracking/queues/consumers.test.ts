// Which lists belong to Broadcast queues, and how many processes live; counts of consumers are tested with the metrics.
import { describe, expect, it } from '@jest/globals';
import { broadcasts, livingProcesses } from './consumers.js';
import { PREFORK, Stage } from '../testing.js';

const UUID = '0dda3a83-59bd-417f-899d-b72403f6bfac';

describe('the list of a Broadcast queue', () => {
  it('is known by what a live worker says of it, and by its name when that worker is gone', () => {
    const stage = new Stage();
    stage.deliver(stage.worker().online());
    stage.known().queues = [
      { name: 'celery', exchange: 'celery' },
      { name: 'everybody', exchange: 'news', isBroadcast: true },
      { name: `prices.${UUID}`, exchange: 'prices', isBroadcast: true },
    ];
    const isBroadcast = broadcasts(stage.model.workers);
    const other = UUID.replace('0', '1');
    expect(['everybody', `prices.${UUID}`, `prices.${other}`, `bcast.${other}`].map(isBroadcast)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['celery', UUID, `mail.${other}`, 'bcast', 'bcast.1', `bcast.${other}.x`].map(isBroadcast)).toEqual(
      Array(6).fill(false),
    );
  });
});

it('processes live while they are not silent, those too that said goodbye', () => {
  const stage = new Stage();
  const [one, two] = [stage.worker('celery@a', 1), stage.worker('celery@b', 2)];
  stage.deliver(one.online(), two.online());
  stage.known('celery@b').pool = PREFORK;
  expect(livingProcesses(stage.model.workers)).toBe(2);
  stage.deliver(one.offline());
  expect(livingProcesses(stage.model.workers)).toBe(2);
  stage.beat(20, one);
  expect(livingProcesses(stage.model.workers)).toBe(1);
});

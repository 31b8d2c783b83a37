// Which lists belong to Broadcast queues, and how many processes live; counts of consumers are tested with the metrics.
import { describe, expect, it } from '@jest/globals';
import { broadcasts, type ControlReach, isSomebodyUnheard, livingProcesses, reachOf } from './consumers.js';
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

describe('whether a question reached somebody who is not known', () => {
  class Scene {
    readonly stage = new Stage();
    readonly one = this.stage.worker('celery@a', 1);
    readonly two = this.stage.worker('celery@b', 2);
    reach: ControlReach | undefined;

    constructor() {
      this.stage.deliver(this.one.online(), this.two.online());
      for (const { nodename } of [this.one, this.two]) this.stage.known(nodename).pool = PREFORK;
      this.ask(2);
    }

    /** Whether the question says so. */
    ask(listeners: number): boolean {
      const { workers } = this.stage.model;
      this.reach = reachOf(this.reach, listeners, workers);
      return isSomebodyUnheard(workers, this.reach);
    }
  }

  it('is not so where a worker is frozen, however long, nor when it goes on', () => {
    const scene = new Scene();
    for (let i = 0; i < 50; i++) {
      scene.stage.beat(30, scene.one);
      expect(scene.ask(2)).toBe(false);
    }
    expect([livingProcesses(scene.stage.model.workers), scene.stage.model.workers.size]).toEqual([1, 1]);
    scene.stage.deliver(scene.two.heartbeat());
    expect([scene.ask(2), scene.ask(3)]).toEqual([false, true]);
  });

  it('is so where one died, which left with its connection, and another came that is not heard', () => {
    const scene = new Scene();
    scene.stage.beat(30, scene.one);
    expect([scene.ask(1), scene.ask(2)]).toEqual([false, true]);
  });

  it('is so where one is frozen and another is not heard', () => {
    const scene = new Scene();
    scene.stage.beat(30, scene.one);
    expect([scene.ask(2), scene.ask(3), scene.ask(2)]).toEqual([false, true, false]);
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

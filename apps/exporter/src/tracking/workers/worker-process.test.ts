// One process of a worker: what its heartbeats prove, and whether its task events are on.
import { describe, expect, it } from '@jest/globals';
import { Worker, WorkerProcess } from './worker.js';

function newProcess(): WorkerProcess {
  return new WorkerProcess(1, new Worker('celery@one'), 100, 1000);
}

function beat(to: WorkerProcess, timestamp: number, active: number, processed: number, freq = 2): void {
  to.beat({ type: 'worker-heartbeat', timestamp, hostname: 'celery@one', pid: 100, active, processed, freq });
}

describe('an idle process', () => {
  it('is proven by two heartbeats in a row, from the first of them on', () => {
    const one = newProcess();
    expect(one.idleSince()).toBeUndefined();
    beat(one, 10, 0, 0);
    expect(one.idleSince()).toBeUndefined();
    beat(one, 12, 0, 0);
    expect(one.idleSince()).toBe(10);
    beat(one, 14, 0, 0);
    expect(one.idleSince()).toBe(12);
    beat(one, 16, 1, 1);
    expect(one.idleSince()).toBeUndefined();
    beat(one, 18, 0, 1);
    expect(one.idleSince()).toBeUndefined();
    beat(one, 20, 0, 1);
    expect(one.idleSince()).toBe(18);
  });

  it('is not proven by one heartbeat twice, nor by a short one', () => {
    const one = newProcess();
    beat(one, 8, 1, 1);
    beat(one, 10, 0, 1);
    beat(one, 10, 0, 1);
    one.beat({ type: 'worker-heartbeat', timestamp: 11, hostname: 'celery@one', pid: 100, freq: 5 });
    expect(one.idleSince()).toBeUndefined();
  });
});

describe('a process with more runs than it says', () => {
  it('is overcounted when two heartbeats in a row say fewer, and it is not idle', () => {
    const one = newProcess();
    one.runs = 3;
    expect(one.isOvercounted()).toBe(false);
    beat(one, 10, 2, 5);
    expect(one.isOvercounted()).toBe(false);
    beat(one, 12, 2, 5);
    expect(one.isOvercounted()).toBe(true);
    beat(one, 14, 3, 6);
    expect(one.isOvercounted()).toBe(false);
    beat(one, 16, 2, 6);
    expect(one.isOvercounted()).toBe(false);
    beat(one, 18, 0, 6);
    expect(one.isOvercounted()).toBe(false);
  });
});

describe('the heartbeat interval', () => {
  it('is what the heartbeat says, and 2 s where it says none or nonsense', () => {
    const one = newProcess();
    beat(one, 10, 0, 0, 7.5);
    expect(one.frequency).toBe(7.5);
    beat(one, 20, 0, 0, undefined);
    expect(one.frequency).toBe(2);
    beat(one, 30, 0, 0, 0);
    expect(one.frequency).toBe(2);
  });
});

describe('task events', () => {
  it('are unknown while the process has started nothing', () => {
    const one = newProcess();
    for (let i = 0; i < 10; i++) beat(one, 10 + i * 2, 0, 0);
    expect(one.taskEvents).toBe('unknown');
  });

  it('are on with the first that arrives', () => {
    const one = newProcess();
    one.taskEvent(false, 10);
    expect(one.taskEvents).toBe('on');
  });

  it('are idle when the process starts tasks over two heartbeats and nothing of them is heard', () => {
    const one = newProcess();
    one.taskEvent(true, 9);
    beat(one, 10, 0, 1);
    beat(one, 12, 0, 5);
    expect(one.taskEvents).toBe('on');
    beat(one, 14, 0, 5);
    expect(one.taskEvents).toBe('on');
    beat(one, 16, 0, 9);
    expect(one.taskEvents).toBe('idle');
    one.taskEvent(true, 17);
    expect(one.taskEvents).toBe('on');
  });

  it('are not idle when any event came in between', () => {
    const one = newProcess();
    for (let i = 0; i < 10; i++) {
      beat(one, 10 + i * 2, 0, i * 10);
      if (i % 2 === 0) one.taskEvent(false, 11 + i * 2);
    }
    expect(one.taskEvents).toBe('on');
  });

  it('stay unavailable where the process cannot send them, until one arrives', () => {
    const one = newProcess();
    one.taskEvents = 'unavailable';
    for (let i = 0; i < 5; i++) beat(one, 10 + i * 2, 0, i * 10);
    expect(one.taskEvents).toBe('unavailable');
    one.taskEvent(true, 30);
    expect(one.taskEvents).toBe('on');
  });

  it('that were switched on now make nothing missed of what ran before', () => {
    const one = newProcess();
    beat(one, 10, 0, 100);
    beat(one, 12, 0, 200);
    one.confirmTaskEvents();
    beat(one, 14, 0, 300);
    for (let i = 0; i < 50; i++) one.taskEvent(true, 15);
    beat(one, 16, 0, 350);
    beat(one, 18, 0, 350);
    expect([one.taskEvents, one.missed.count]).toEqual(['on', 0]);
  });

  it('that were switched on now leave missed what the process started before while it was watched', () => {
    const one = newProcess();
    beat(one, 10, 0, 0);
    beat(one, 12, 0, 3);
    one.confirmTaskEvents();
    beat(one, 14, 0, 3);
    expect([one.taskEvents, one.missed.count]).toEqual(['on', 3]);
  });
});

// Findings about workers that are up and do not do what a worker does.
import { describe, expect, it } from '@jest/globals';
import { fineStatus, workerStatus } from '../testing.js';
import { sharedNames, standingStill } from './misbehaviour.js';

const fine = fineStatus();
const away = { ...fine.broker, isUp: false };

describe('a name that workers share', () => {
  it('is a warning that says how many, which, and how to give each its own', () => {
    const workers = [...fine.workers, workerStatus({ nodename: 'worker@app', instances: 2 })];
    const [found, ...more] = sharedNames(fineStatus({ workers }));
    expect(found).toMatchObject({ level: 'warning', title: 'Two workers share one name' });
    expect(found?.detail).toContain('`worker@app` (2)');
    expect(found?.fix).toContain('`celery worker -n worker@%h`');
    expect(more).toEqual([]);
  });

  it('is one finding for several names', () => {
    const workers = ['a@x', 'b@x'].map((nodename) => workerStatus({ nodename, instances: 3 }));
    expect(sharedNames(fineStatus({ workers })).map(({ title }) => title)).toEqual([
      '2 names are shared by several workers',
    ]);
  });

  it('is no finding where nobody shares one, or where the broker is away', () => {
    const workers = [workerStatus({ instances: 2 })];
    expect([...sharedNames(fine), ...sharedNames(fineStatus({ workers, broker: away }))]).toEqual([]);
  });
});

describe('a worker that takes no tasks although some wait', () => {
  const still = (stalled: number | undefined, changes = {}) =>
    standingStill(fineStatus({ workers: [workerStatus({ nodename: 'w@x', stalled, ...changes })] }));

  it('is a warning after two minutes that names it and tells to restart it', () => {
    expect([still(undefined), still(0), still(119)]).toEqual([[], [], []]);
    const [found] = still(120);
    expect(found).toMatchObject({ level: 'warning', title: '1 worker takes no tasks although some wait' });
    expect(found?.detail).toContain('`w@x`');
    expect(found?.fix).toContain('Restart the worker');
  });

  it('is no finding where it is down, or where the broker is away', () => {
    const workers = [workerStatus({ stalled: 500 })];
    expect([...still(500, { up: false }), ...standingStill(fineStatus({ workers, broker: away }))]).toEqual([]);
  });
});

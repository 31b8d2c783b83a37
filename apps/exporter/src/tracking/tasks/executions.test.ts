// Executions that are on: which run an end ends, and that the running gauges follow.
import { describe, expect, it } from '@jest/globals';
import { Executions, type Run } from './executions.js';
import { Random, Stage } from '../testing.js';
import { RUNNING, TaskTable, WAITING } from './task-table.js';

/** A table, two pairs of name and queue, three worker processes. */
class Ground {
  readonly stage = new Stage();
  readonly book = this.stage.model.tasks;
  readonly table = new TaskTable(100, () => undefined);
  readonly executions = new Executions(this.table, this.book, this.stage.model.workers);
  readonly a = this.book.get('a', 'q', 1);
  readonly b = this.book.get('b', 'q', 1);

  constructor() {
    for (const pid of [1, 2, 3]) this.stage.deliver(this.stage.worker('celery@one', pid).online());
  }

  begin(row: number, worker: number, startedAt: number, series = this.a): void {
    if (this.table.runs[row] === 0) this.table.series[row] = series.index;
    this.executions.begin(row, { worker, startedAt, series: series.index });
    this.table.touch(row, RUNNING, startedAt);
  }

  get running(): number[] {
    return [this.a.running, this.b.running];
  }

  get perWorker(): (number | undefined)[] {
    return [1, 2, 3].map((id) => this.stage.model.workers.process(id)?.runs);
  }
}

describe('executions', () => {
  it('begin and end one', () => {
    const ground = new Ground();
    const row = ground.table.insert('x', 1);
    ground.begin(row, 1, 10);
    expect([ground.running, ground.perWorker]).toEqual([
      [1, 0],
      [1, 0, 0],
    ]);
    expect(ground.executions.end(row, 1)).toEqual({ worker: 1, startedAt: 10, series: ground.a.index });
    expect([ground.running, ground.perWorker, ground.table.runs[row]]).toEqual([[0, 0], [0, 0, 0], 0]);
    expect(ground.executions.end(row, 1)).toBeUndefined();
  });

  it('end the run of the worker that says so, whichever began first', () => {
    const ground = new Ground();
    const row = ground.table.insert('x', 1);
    ground.begin(row, 1, 10);
    ground.begin(row, 2, 20, ground.b);
    ground.begin(row, 3, 30);
    expect(ground.executions.end(row, 2)).toEqual({ worker: 2, startedAt: 20, series: ground.b.index });
    expect(ground.executions.end(row, 2)).toBeUndefined();
    expect(ground.executions.end(row, 1)?.startedAt).toBe(10);
    expect([ground.running, ground.perWorker]).toEqual([
      [1, 0],
      [0, 0, 1],
    ]);
    expect(ground.executions.end(row, 3)?.startedAt).toBe(30);
    expect([ground.running, ground.perWorker]).toEqual([
      [0, 0],
      [0, 0, 0],
    ]);
  });

  it('end the oldest of several on one worker', () => {
    const ground = new Ground();
    const row = ground.table.insert('x', 1);
    for (const startedAt of [10, 20, 30]) ground.begin(row, 1, startedAt);
    expect([1, 2, 3].map(() => ground.executions.end(row, 1)?.startedAt)).toEqual([10, 20, 30]);
  });

  it('give the row the values of the next run when the first ends', () => {
    const ground = new Ground();
    const row = ground.table.insert('x', 1);
    ground.begin(row, 1, 10);
    ground.begin(row, 2, 20, ground.b);
    ground.executions.end(row, 1);
    const { worker, startedAt, series } = ground.table;
    expect([worker[row], startedAt[row], series[row]]).toEqual([2, 20, ground.b.index]);
  });

  it('end a run whose worker had no room when it began, by whoever says so', () => {
    const ground = new Ground();
    const row = ground.table.insert('x', 1);
    ground.begin(row, 0, 10);
    expect(ground.executions.end(row, 3)?.worker).toBe(0);
    expect([ground.running, ground.perWorker]).toEqual([
      [0, 0],
      [0, 0, 0],
    ]);
  });

  it('do not end the run of another worker', () => {
    const ground = new Ground();
    const row = ground.table.insert('x', 1);
    ground.begin(row, 1, 10);
    expect([ground.executions.end(row, 2), ground.executions.end(row, 0)]).toEqual([undefined, undefined]);
    expect(ground.running).toEqual([1, 0]);
  });

  it('end all of a row, and leave nothing for the next task that gets the row', () => {
    const ground = new Ground();
    const row = ground.table.insert('x', 1);
    for (const worker of [1, 2, 3]) ground.begin(row, worker, worker * 10, ground.b);
    expect(ground.executions.endAll(row).map((run) => run.startedAt)).toEqual([10, 20, 30]);
    expect([ground.running, ground.perWorker]).toEqual([
      [0, 0],
      [0, 0, 0],
    ]);
    ground.table.remove(row);
    expect(ground.table.insert('y', 2)).toBe(row);
    ground.begin(row, 1, 50);
    expect(ground.executions.end(row, 1)?.startedAt).toBe(50);
    expect(ground.executions.endAll(row)).toEqual([]);
  });

  it('end where it is right: of one worker, over all rows, first runs and others', () => {
    const ground = new Ground();
    const rows = ['x', 'y', 'z'].map((id) => ground.table.insert(id, 1)) as [number, number, number];
    ground.begin(rows[0], 1, 10);
    ground.begin(rows[0], 2, 20);
    ground.begin(rows[1], 2, 30);
    ground.begin(rows[1], 1, 40);
    ground.begin(rows[1], 1, 50);
    ground.begin(rows[2], 1, 60);
    ground.begin(rows[2], 1, 5);
    const ended: [number, number][] = [];
    ground.executions.endWhere(
      new Set([1]),
      ({ startedAt }) => startedAt <= 45,
      (row, run) => ended.push([rows.indexOf(row), run.startedAt]),
    );
    expect(ended.sort((one, two) => one[1] - two[1])).toEqual([
      [2, 5],
      [0, 10],
      [1, 40],
    ]);
    const left: [number, number][] = [];
    ground.executions.each((_, startedAt, worker) => left.push([worker, startedAt]));
    expect(left.sort((one, two) => one[1] - two[1])).toEqual([
      [2, 20],
      [2, 30],
      [1, 50],
      [1, 60],
    ]);
    expect([ground.running, ground.perWorker]).toEqual([
      [4, 0],
      [2, 2, 0],
    ]);
  });

  it('end the oldest without a word where one task claims more runs than can be, so that nothing grows for ever', () => {
    const ground = new Ground();
    const row = ground.table.insert('x', 1);
    for (let i = 0; i < 70_000; i++) ground.begin(row, 1, i);
    expect([ground.a.running, ground.a.unresolved, ground.perWorker[0]]).toEqual([1000, 69_000, 1000]);
    expect(ground.executions.end(row, 1)?.startedAt).toBe(69_000);
    expect(ground.executions.endAll(row).length).toBe(999);
    expect([ground.running, ground.perWorker]).toEqual([
      [0, 0],
      [0, 0, 0],
    ]);
  });

  it.each([1, 2, 3])('do what a plain list of runs would do (seed %p)', (seed) => {
    const random = new Random(seed);
    const ground = new Ground();
    const rows = Array.from({ length: 10 }, (_, i) => ground.table.insert(String(i), 1));
    const plain = new Map<number, Run[]>(rows.map((row) => [row, []]));
    for (let step = 0; step < 5000; step++) {
      const row = random.pick(rows);
      const runs = plain.get(row) as Run[];
      const worker = random.below(4);
      if (random.chance(0.5) && runs.length < 6) {
        const series = random.pick([ground.a, ground.b]);
        ground.begin(row, worker, step, series);
        runs.push({ worker, startedAt: step, series: series.index });
      } else {
        const own = runs.findIndex((run) => run.worker === worker);
        const at = own >= 0 ? own : runs.findIndex((run) => run.worker === 0);
        const wanted = at < 0 ? undefined : runs.splice(at, 1)[0];
        const got = ground.executions.end(row, worker);
        if (got?.startedAt !== wanted?.startedAt || got?.series !== wanted?.series)
          throw new Error(`step ${String(step)}`);
        ground.table.touch(row, ground.table.runs[row] === 0 ? WAITING : RUNNING, step);
      }
    }
    const all = [...plain.values()].flat();
    expect(ground.running).toEqual(
      [ground.a, ground.b].map(({ index }) => all.filter((run) => run.series === index).length),
    );
    expect(ground.perWorker).toEqual([1, 2, 3].map((id) => all.filter((run) => run.worker === id).length));
    expect(rows.map((row) => ground.table.runs[row])).toEqual(rows.map((row) => plain.get(row)?.length));
  });
});

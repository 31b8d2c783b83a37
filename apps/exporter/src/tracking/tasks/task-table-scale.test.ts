// The table of tasks at its full size: what a million tasks cost, and that nothing breaks when they do not fit.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { ENDED, RUNNING, TaskTable, WAITING } from './task-table.js';

const MILLION = 1_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes of all typed arrays that something still holds. */
function bytesHeld(): number {
  collectGarbage();
  // Buffers are freed one collection after the arrays that held them.
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

function uuidOf(i: number): string {
  return `${(Math.imul(i, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}-0000-4000-8000-${i.toString(16).padStart(12, '0')}`;
}

/** A table that took so many tasks, a third of them in each state. */
function filled(rows: number, limit: number): { table: TaskTable; evicted: number } {
  const result = {
    table: new TaskTable(limit, () => {
      result.evicted++;
    }),
    evicted: 0,
  };
  for (let i = 0; i < rows; i++)
    result.table.touch(result.table.insert(uuidOf(i), i), ([RUNNING, WAITING, ENDED] as const)[i % 3] ?? ENDED, i);
  return result;
}

function report(what: string, value: string): void {
  process.stdout.write(`task table: ${what}: ${value}\n`);
}

describe('the task table at full size', () => {
  it.each([
    [100_000, 12],
    [MILLION, 100],
  ])('holds %p tasks in less than %p MB', (limit, megabytes) => {
    const before = bytesHeld();
    const { table, evicted } = filled(limit, limit);
    const bytes = bytesHeld() - before;
    report(`${String(limit)} rows`, `${(bytes / limit).toFixed(1)} bytes a row, ${(bytes / 1e6).toFixed(2)} MB`);
    expect([table.size, evicted]).toEqual([limit, 0]);
    for (let i = 0; i < limit; i += 9973) expect(table.touchedAt[table.find(uuidOf(i))]).toBe(i);
    expect(bytes).toBeGreaterThan(limit * 80);
    expect(bytes).toBeLessThan(megabytes * 1e6);
  });

  it('takes a million tasks with room for 100,000, counts those that it puts out, and grows no further', () => {
    const before = bytesHeld();
    const { table, evicted } = filled(MILLION, 100_000);
    expect([table.size, evicted]).toEqual([100_000, 900_000]);
    expect(bytesHeld() - before).toBeLessThan(12e6);
    // Ended ones go first, so that every running one of the last 100,000 is still there.
    for (let i = 900_000; i < MILLION; i += 999) expect(table.find(uuidOf(i)) >= 0).toBe(true);
  });

  it('is empty again after every row was removed, and takes as many once more in the same memory', () => {
    const { table } = filled(40_000, 40_000);
    const full = bytesHeld();
    for (let i = 0; i < 40_000; i++) table.remove(table.find(uuidOf(i)));
    expect([table.size, ...table.sizes]).toEqual([0, 0, 0, 0]);
    for (let i = 0; i < 40_000; i++) table.insert(`again ${String(i)}`, i);
    expect(table.size).toBe(40_000);
    expect(bytesHeld()).toBeLessThan(full + 40_000);
  });
});

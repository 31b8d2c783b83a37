// The table of tasks against a plain Map that does the same: every operation, in any order.
import { describe, expect, it } from '@jest/globals';
import { ENDED, type RowState, RUNNING, TaskTable, WAITING } from './task-table.js';
import { Random } from '../testing.js';

interface Entry {
  state: RowState;
  touched: number;
  mark: number;
}

/** What the table must do, said in the plainest way: a Map keeps its entries in the order of their last touch. */
class PlainTable {
  readonly entries = new Map<string, Entry>();
  readonly evictions: string[] = [];
  readonly limit: number;
  constructor(limit: number) {
    this.limit = limit;
  }

  insert(id: string, now: number, mark: number): void {
    if (this.entries.size >= this.limit) {
      const victim = this.oldest(ENDED) ?? this.oldest(WAITING) ?? this.oldest(RUNNING) ?? '';
      this.evictions.push(`${victim} ${String(this.entries.get(victim)?.state)}`);
      this.entries.delete(victim);
    }
    this.entries.set(id, { state: WAITING, touched: now, mark });
  }

  touch(id: string, state: RowState, now: number): void {
    const { mark } = this.entries.get(id) as Entry;
    this.entries.delete(id);
    this.entries.set(id, { state, touched: now, mark });
  }

  oldest(state: RowState): string | undefined {
    for (const [id, entry] of this.entries) if (entry.state === state) return id;
    return undefined;
  }

  ids(state: RowState): string[] {
    return [...this.entries].filter(([, entry]) => entry.state === state).map(([id]) => id);
  }
}

/** Rows do not keep their id, so the tests mark each with a number, spread over the columns. */
function setMark(table: TaskTable, row: number, mark: number): void {
  table.series[row] = mark;
  table.nextSeries[row] = mark + 1;
  table.sentAt[row] = mark + 0.25;
  table.nextSentAt[row] = mark + 0.5;
  table.receivedAt[row] = mark + 0.75;
  table.startedAt[row] = mark + 1.25;
  table.worker[row] = mark + 2;
  table.counted[row] = mark & 0x1ff;
  table.certain[row] = mark & 1;
  table.receivedRetries[row] = mark & 0x7f;
  table.startedRetries[row] = mark & 0x3f;
  table.runs[row] = mark & 3;
}

function columns(table: TaskTable, row: number): (number | undefined)[] {
  return [
    table.series[row],
    table.nextSeries[row],
    table.sentAt[row],
    table.nextSentAt[row],
    table.receivedAt[row],
    table.startedAt[row],
    table.worker[row],
    table.counted[row],
    table.certain[row],
    table.receivedRetries[row],
    table.startedRetries[row],
    table.runs[row],
  ];
}

function marked(mark: number): number[] {
  return [
    mark,
    mark + 1,
    mark + 0.25,
    mark + 0.5,
    mark + 0.75,
    mark + 1.25,
    mark + 2,
    mark & 0x1ff,
    mark & 1,
    mark & 0x7f,
    mark & 0x3f,
    mark & 3,
  ];
}

/** Ids of every kind that may come. */
function someIds(random: Random, count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    switch (i % 6) {
      case 0:
        return random.uuid();
      case 1:
        return random.uuid().toUpperCase();
      case 2:
        return `00000000-0000-0000-0000-${i.toString(16).padStart(12, '0')}`;
      case 3:
        return `job ${String(i)} \u{1f600}`;
      case 4:
        return String(i);
      default:
        return `${i.toString(16).padStart(8, '0')}-0000-4000-8000-0000${i.toString(16).padStart(8, '0')}`;
    }
  });
}

function list(table: TaskTable, state: RowState): number[] {
  const rows: number[] = [];
  for (let row = table.oldest(state); row >= 0; row = table.younger(row)) rows.push(row);
  return rows;
}

function playAgainstTheModel(seed: number, limit: number, idCount: number, steps: number): void {
  const random = new Random(seed);
  const ids = someIds(random, idCount);
  const plain = new PlainTable(limit);
  const evictions: string[] = [];
  const faults: string[] = [];
  const byMark = new Map<number, string>();
  const table: TaskTable = new TaskTable(limit, (row, state) => {
    evictions.push(`${String(byMark.get(table.series[row] as number))} ${String(state)}`);
  });
  for (let step = 1; step <= steps; step++) {
    const id = random.pick(ids);
    const row = table.find(id);
    if (row >= 0 !== plain.entries.has(id)) faults.push(`step ${String(step)}: find`);
    if (row < 0) {
      if (random.chance(0.3)) continue;
      const made = table.insert(id, step);
      if (columns(table, made).some((value) => value !== 0))
        faults.push(`step ${String(step)}: a new row is not empty`);
      setMark(table, made, step);
      byMark.set(step, id);
      plain.insert(id, step, step);
    } else if (random.chance(0.15)) {
      table.remove(row);
      plain.entries.delete(id);
      if (table.find(id) !== -1) faults.push(`step ${String(step)}: found after its removal`);
    } else {
      const state = random.pick([WAITING, RUNNING, ENDED] as const);
      table.touch(row, state, step);
      plain.touch(id, state, step);
    }
    if (step % 2500 !== 0 && step !== steps) continue;
    for (const state of [WAITING, RUNNING, ENDED] as const) {
      const rows = list(table, state);
      expect(rows.map((each) => byMark.get(table.series[each] as number)).join()).toBe(plain.ids(state).join());
      expect(table.sizes[state]).toBe(rows.length);
    }
    for (const [each, entry] of plain.entries) {
      const at = table.find(each);
      const values = [table.stateOf(at), table.touchedAt[at], ...columns(table, at)].join();
      if (values !== [entry.state, entry.touched, ...marked(entry.mark)].join())
        faults.push(`step ${String(step)}: ${each} has ${values}`);
    }
    expect(table.size).toBe(plain.entries.size);
  }
  expect(faults).toEqual([]);
  expect(evictions.join()).toBe(plain.evictions.join());
}

describe('the task table', () => {
  it('does what a Map would do, while there is room for all', () => {
    playAgainstTheModel(1, 100_000, 3000, 20_000);
  });

  it('does what a Map would do, while it is always full', () => {
    playAgainstTheModel(2, 100, 500, 20_000);
  });

  it('does what a Map would do, across several growths', () => {
    playAgainstTheModel(3, 20_000, 12_000, 30_000);
  });

  it.each([1, 2, 3, 5, 7, 255, 256, 257, 4097])(
    'holds exactly %p rows, then puts one out for each new one',
    (limit) => {
      let evicted = 0;
      const table = new TaskTable(limit, () => {
        evicted++;
      });
      for (let i = 0; i < limit + 10; i++) table.insert(`id-${String(i)}`, i);
      expect([table.size, evicted]).toEqual([limit, 10]);
      expect(Array.from({ length: limit + 10 }, (_, i) => table.find(`id-${String(i)}`) >= 0).indexOf(true)).toBe(10);
    },
  );

  it('puts out ended rows first, then waiting, then running, each the longest silent first', () => {
    const out: string[] = [];
    const table: TaskTable = new TaskTable(6, (row, state) =>
      out.push(`${String(table.series[row])}:${String(state)}`),
    );
    const make = (mark: number, state: RowState): void => {
      const row = table.insert(`id-${String(mark)}`, mark);
      table.series[row] = mark;
      table.touch(row, state, mark);
    };
    make(1, RUNNING);
    make(2, WAITING);
    make(3, ENDED);
    make(4, RUNNING);
    make(5, WAITING);
    make(6, ENDED);
    table.touch(table.find('id-3'), ENDED, 7);
    for (let mark = 11; mark <= 16; mark++) make(mark, RUNNING);
    expect(out).toEqual(['6:2', '3:2', '2:0', '5:0', '1:1', '4:1']);
  });

  it('still shows the values of a row while it is put out', () => {
    let seen: unknown;
    const table: TaskTable = new TaskTable(1, (row) => {
      seen = [table.find('old') === row, table.sentAt[row]];
    });
    table.sentAt[table.insert('old', 1)] = 5;
    table.insert('new', 2);
    expect(seen).toEqual([true, 5]);
    expect(table.find('old')).toBe(-1);
  });

  it.each([0, -1, 1.5, NaN, Infinity])('refuses room for %p tasks', (limit) => {
    expect(() => new TaskTable(limit, () => undefined)).toThrow(RangeError);
  });
});

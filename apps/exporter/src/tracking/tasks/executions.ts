// Executions that are on: begun by task-started, ended by any end. Nearly always a task has one, which its row in the
// table tells of; after a visibility timeout, or when a retry overtakes the end of the run before it, it has more.
import type { TaskSeries, TaskSeriesBook } from './task-series.js';
import { RUNNING, type TaskTable } from './task-table.js';
import type { WorkerBook } from '../workers/worker-book.js';
import type { WorkerProcess } from '../workers/worker.js';

export interface Run {
  /** Id of the process it runs on; 0 where that is not known. */
  readonly worker: number;
  /** Worker's clock, epoch seconds. */
  readonly startedAt: number;
  /** Index of its task series. */
  readonly series: number;
}

/**
 * Most runs of one task at once. No broker delivers a message that often; a stream that has lost every end might say
 * so.
 */
const MAX_RUNS = 1000;

export class Executions {
  readonly #table: TaskTable;
  readonly #book: TaskSeriesBook;
  readonly #workers: WorkerBook;
  /** The runs of a row beside its first. */
  readonly #others = new Map<number, Run[]>();

  constructor(table: TaskTable, book: TaskSeriesBook, workers: WorkerBook) {
    this.#table = table;
    this.#book = book;
    this.#workers = workers;
  }

  begin(row: number, run: Run): void {
    const table = this.#table;
    if (table.runs[row] === MAX_RUNS) this.#book.at(this.#endFirst(row).series).unresolved++;
    const on = table.runs[row] as number;
    if (on === 0) {
      table.worker[row] = run.worker;
      table.startedAt[row] = run.startedAt;
    } else {
      const others = this.#others.get(row);
      if (others === undefined) this.#others.set(row, [run]);
      else others.push(run);
    }
    table.runs[row] = on + 1;
    this.#book.at(run.series).running++;
    const process = this.#workers.process(run.worker);
    if (process !== undefined) process.runs++;
  }

  /** Ends the oldest run of the row on that worker; undefined where none is on there. */
  end(row: number, worker: number): Run | undefined {
    const table = this.#table;
    if (table.runs[row] === 0) return undefined;
    const run =
      table.worker[row] === worker ? this.#endFirst(row) : this.#endOther(row, (each) => each.worker === worker);
    // A run of which the worker was not known when it began, since there was no room for one.
    return run === undefined && worker !== 0 ? this.end(row, 0) : run;
  }

  /** The same, or of a process with the same pid, which then lives: what an end tells fits both of them. */
  endOn(row: number, process: WorkerProcess | undefined, now: number): Run | undefined {
    const run = this.end(row, process?.id ?? 0);
    if (run !== undefined || process === undefined || process.owner.processes.length <= 1) return run;
    for (const twin of process.owner.twinsOf(process)) {
      const other = this.end(row, twin.id);
      if (other === undefined) continue;
      this.#workers.heard(twin, now);
      return other;
    }
    return undefined;
  }

  /** Start of the youngest run of the row, of the last one where none is on; 0 where none ever was. */
  lastStart(row: number): number {
    const startedAt = this.#table.startedAt[row] as number;
    return (this.#others.get(row) ?? []).reduce((last, run) => Math.max(last, run.startedAt), startedAt);
  }

  /** The runs of a row that counted in one series count in another from now on; the row itself has been moved. */
  moveRuns(row: number, from: number, to: number): void {
    const runs = this.#others.get(row);
    if (runs !== undefined)
      this.#others.set(
        row,
        runs.map((run) => (run.series === from ? { ...run, series: to } : run)),
      );
  }

  /** Ends all runs of the row; for a row that is given up. */
  endAll(row: number): readonly Run[] {
    const ended: Run[] = [];
    while ((this.#table.runs[row] as number) > 0) ended.push(this.#endFirst(row));
    return ended;
  }

  /** Ends the runs of some processes that are right, of whatever row, and calls back with each. */
  endWhere(
    processes: ReadonlySet<number>,
    isRight: (run: Run, row: number) => boolean,
    then: (row: number, run: Run) => void,
  ): void {
    const rows: number[] = [];
    for (let row = this.#table.oldest(RUNNING); row >= 0; row = this.#table.younger(row)) rows.push(row);
    for (const row of rows) {
      for (;;) {
        const run = this.#endOther(row, (each) => processes.has(each.worker) && isRight(each, row));
        if (run === undefined) break;
        then(row, run);
      }
      if (!processes.has(this.#table.worker[row] as number) || (this.#table.runs[row] as number) === 0) continue;
      if (isRight(this.#first(row), row)) then(row, this.#endFirst(row));
    }
  }

  /** The runs of one process count as another's from now on. */
  handOver(from: WorkerProcess, to: WorkerProcess): void {
    const table = this.#table;
    for (let row = table.oldest(RUNNING); row >= 0; row = table.younger(row)) {
      if (table.worker[row] === from.id && (table.runs[row] as number) > 0) table.worker[row] = to.id;
      const others = this.#others.get(row);
      if (others !== undefined)
        this.#others.set(
          row,
          others.map((run) => (run.worker === from.id ? { ...run, worker: to.id } : run)),
        );
    }
    to.runs += from.runs;
    from.runs = 0;
  }

  /** Calls back with each run that is on. */
  each(visit: (series: TaskSeries, startedAt: number, worker: number) => void): void {
    const table = this.#table;
    for (let row = table.oldest(RUNNING); row >= 0; row = table.younger(row)) {
      visit(this.#book.at(table.series[row] as number), table.startedAt[row] as number, table.worker[row] as number);
    }
    for (const runs of this.#others.values()) {
      for (const run of runs) visit(this.#book.at(run.series), run.startedAt, run.worker);
    }
  }

  #first(row: number): Run {
    const { worker, startedAt, series } = this.#table;
    return {
      worker: worker[row] as number,
      startedAt: startedAt[row] as number,
      series: series[row] as number,
    };
  }

  /** The row's own run ends, and the oldest of the others takes its place. */
  #endFirst(row: number): Run {
    const table = this.#table;
    const run = this.#first(row);
    this.#closed(row, run);
    const next = this.#takeOther(row, () => true);
    if (next !== undefined) {
      table.worker[row] = next.worker;
      table.startedAt[row] = next.startedAt;
      table.series[row] = next.series;
    }
    return run;
  }

  #endOther(row: number, isRight: (run: Run) => boolean): Run | undefined {
    const run = this.#takeOther(row, isRight);
    if (run !== undefined) this.#closed(row, run);
    return run;
  }

  #takeOther(row: number, isRight: (run: Run) => boolean): Run | undefined {
    if (this.#others.size === 0) return undefined;
    const runs = this.#others.get(row);
    const at = runs?.findIndex(isRight) ?? -1;
    if (runs === undefined || at < 0) return undefined;
    const [run] = runs.splice(at, 1);
    if (runs.length === 0) this.#others.delete(row);
    return run;
  }

  #closed(row: number, run: Run): void {
    (this.#table.runs[row] as number)--;
    this.#book.at(run.series).running--;
    const process = this.#workers.process(run.worker);
    if (process !== undefined) process.runs--;
  }
}

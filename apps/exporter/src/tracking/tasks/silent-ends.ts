// Runs that end without an event: their worker died, or says by itself that they do not run any more.
import { isEndLost } from '../workers/broken-connection.js';
import type { WorkerProcess } from '../workers/worker.js';
import type { WorkerBook } from '../workers/worker-book.js';
import type { Executions, Run } from './executions.js';
import { heard, type TaskSeriesBook } from './task-series.js';
import { ENDED, type RowState, type TaskTable, WAITING } from './task-table.js';

/** Whether a run has ended; `row` is that of its task. */
type IsOver = (run: Run, row: number) => boolean;

export class SilentEnds {
  readonly #table: TaskTable;
  readonly #executions: Executions;
  readonly #book: TaskSeriesBook;
  readonly #workers: WorkerBook;
  readonly #settle: (row: number, after: RowState, now: number) => void;

  /** @param settle a row has one run less, and is in this state where none is on and no next publication was seen */
  constructor(
    table: TaskTable,
    executions: Executions,
    book: TaskSeriesBook,
    workers: WorkerBook,
    settle: (row: number, after: RowState, now: number) => void,
  ) {
    this.#table = table;
    this.#executions = executions;
    this.#book = book;
    this.#workers = workers;
    this.#settle = settle;
  }

  /** A worker process died: what ran on it is lost. Such a task may be delivered again, so it stays known. */
  lose(process: WorkerProcess, now: number): void {
    if (process.runs === 0) return;
    this.#executions.endWhere(
      new Set([process.id]),
      () => true,
      (row, run) => {
        this.count(run, 'lost', now);
        this.#settle(row, WAITING, now);
      },
    );
  }

  /**
   * Two heartbeats said that nothing runs there, or the process listed what does: the runs that started before and are
   * not among it ended without an event (Ignore, replace, or an event that was missed).
   * @param before worker's clock; younger runs stay
   */
  resolve(process: WorkerProcess, before: number, stillActive: ReadonlySet<string>, now: number): void {
    if (process.runs === 0) return;
    const active = new Set<number>();
    for (const id of stillActive) active.add(this.#table.find(id));
    const { runs, reconnected } = process;
    const isOver: IsOver = ({ startedAt }, row) => startedAt <= before && !active.has(row);
    this.resolveWhere(new Set([process.id]), isOver, now, before);
    if (reconnected !== undefined) reconnected.peak -= runs - process.runs;
  }

  /**
   * The runs of these processes that are over have ended without an event; the longest untouched come first.
   * @param overAt worker's clock when they were known to be over
   */
  resolveWhere(processes: ReadonlySet<number>, isOver: IsOver, now: number, overAt = Infinity): void {
    this.#executions.endWhere(processes, isOver, (row, run) => {
      this.count(run, 'unresolved', now);
      const process = this.#workers.process(run.worker);
      if (process !== undefined && isEndLost(process, run.startedAt, overAt)) process.missed.endLost();
      this.#settle(row, ENDED, now);
    });
  }

  /** Counts a run that ended without an event. The series was heard of in this: it must stay to be read. */
  count(run: Run, as: 'lost' | 'unresolved', now: number): void {
    const series = this.#book.at(run.series);
    series[as]++;
    heard(series, now);
  }
}

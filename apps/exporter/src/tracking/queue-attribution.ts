// In which series a task counts before its task-sent has come. That event comes over another connection than those of
// the worker, and is often a moment late. A counter of Prometheus may not be taken back, so a task must not count under
// a guess too early: what happens to it counts in a series of its own that is on no page, until task-sent names its
// queue or the time for it is over.
import type { TaskReceived } from '@celery-watch/celery-protocol';
import type { Executions } from './executions.js';
import { type Guess, QueueRules } from './queue-rule.js';
import type { TaskSeries, TaskSeriesBook } from './task-series.js';
import type { TaskTable } from './task-table.js';
import type { WorkerBook } from './worker-book.js';

/** Seconds for which a task-sent is awaited: it is late by milliseconds, or by a moment on a busy machine. */
const PATIENCE = 2;
/** Most tasks that wait for theirs at once, about 600 bytes each; further ones count under their guess. */
const MOST_WAITING = 5_000;

interface WaitingTask {
  readonly row: number;
  readonly name: string;
  /** Retries before the publication that was received: only its own task-sent says its queue. */
  readonly retries: number;
  /** Holds its counts; on no page. */
  readonly series: TaskSeries;
  readonly guess: Guess;
  /** Exporter's clock, epoch seconds. */
  readonly since: number;
}

export class QueueAttribution {
  readonly rules: QueueRules;
  readonly #table: TaskTable;
  readonly #book: TaskSeriesBook;
  readonly #executions: Executions;
  readonly #workers: WorkerBook;
  /** By row of the table, oldest first. */
  readonly #waiting = new Map<number, WaitingTask>();

  constructor(maxNames: number, table: TaskTable, book: TaskSeriesBook, executions: Executions, workers: WorkerBook) {
    this.rules = new QueueRules(maxNames);
    this.#table = table;
    this.#book = book;
    this.#executions = executions;
    this.#workers = workers;
  }

  /** A task was received of which no task-sent was seen: gives its row a series. */
  received(row: number, event: TaskReceived, retries: number, now: number): void {
    this.tick(now);
    if (this.#waiting.has(row)) return;
    const { name } = event;
    const guess = this.rules.guess(name, this.#workers.get(event.hostname));
    const mayWait = guess.mayImprove && this.#waiting.size < MOST_WAITING;
    const series = mayWait ? this.#book.provisional(name, now) : undefined;
    if (series !== undefined) this.#waiting.set(row, { row, name, retries, series, guess, since: now });
    this.#table.series[row] = (series ?? this.#book.get(name, this.rules.use(guess), now)).index;
  }

  /** The task-sent of this publication came, and names the series: what has counted so far counts there. */
  sent(row: number, retries: number, series: TaskSeries): void {
    if (this.#waiting.size === 0) return;
    const task = this.#waiting.get(row);
    if (task?.retries === retries) this.#settle(task, series);
  }

  /** The row is about to go: what waits there counts under its guess. */
  settle(row: number): void {
    const task = this.#waiting.size === 0 ? undefined : this.#waiting.get(row);
    if (task !== undefined) this.#settleByGuess(task);
  }

  /** No task-sent is to be awaited any more. */
  settleAll(): void {
    for (const task of this.#waiting.values()) this.#settleByGuess(task);
  }

  /** What has waited for long enough counts under its guess; a clock that was set back ends every wait. */
  tick(now: number): void {
    if (this.#waiting.size === 0) return;
    for (const task of this.#waiting.values()) {
      if (now >= task.since && now - task.since < PATIENCE) return;
      this.#settleByGuess(task);
    }
  }

  #settleByGuess(task: WaitingTask): void {
    this.rules.awaitedInVain(task.name);
    this.#settle(task, this.#book.get(task.name, this.rules.use(task.guess), task.series.lastSeen));
  }

  #settle({ row, series: from }: WaitingTask, to: TaskSeries): void {
    this.#waiting.delete(row);
    if (this.#table.series[row] === from.index) this.#table.series[row] = to.index;
    this.#executions.moveRuns(row, from.index, to.index);
    this.#book.merge(from, to);
  }
}

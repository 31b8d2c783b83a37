// In which series a task counts before its task-sent has come. That event comes over another connection than those of
// the worker, and is often a moment late. A counter of Prometheus may not be taken back, so a task must not count under
// a guess too early: what happens to it counts in a series of its own, which `/metrics` does not show, until task-sent
// names its queue or the time for it is over.
import { delayedRoutingKey, type TaskReceived, type TaskSent, UNKNOWN } from '@celery-watch/celery-protocol';
import { Routing } from '../queues/routing.js';
import type { Executions } from './executions.js';
import { type Guess, QueueRules } from './queue-rule.js';
import type { TaskSeries, TaskSeriesBook } from './task-series.js';
import type { TaskTable } from './task-table.js';
import type { WorkerBook } from '../workers/worker-book.js';

/**
 * Seconds for which a task-sent is awaited: it is late by milliseconds, or by a moment on a busy machine. Looked at
 * once a second, and at each task that is received without one.
 */
const PATIENCE = 2;
/** Most tasks that wait for theirs at once, up to 1.5 kB each; further ones count under their guess. */
const MOST_WAITING = 5_000;

interface WaitingTask {
  readonly row: number;
  readonly name: string;
  /** Retries before the publication that was received: only its own task-sent says its queue. */
  readonly retries: number;
  /** Holds its counts; `/metrics` does not show it. */
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
  readonly #routing = new Routing();
  /** By row of the table, oldest first. */
  readonly #waiting = new Map<number, WaitingTask>();
  /** Not before this time, by the exporter's clock, is any wait over. */
  #nextDue = 0;

  readonly #isQueue: (name: string) => boolean;

  constructor(
    maxNames: number,
    table: TaskTable,
    book: TaskSeriesBook,
    executions: Executions,
    workers: WorkerBook,
    isQueue: (name: string) => boolean,
  ) {
    this.#isQueue = isQueue;
    this.rules = new QueueRules(maxNames);
    this.#table = table;
    this.#book = book;
    this.#executions = executions;
    this.#workers = workers;
  }

  /** The queue that a task-sent names, or leads to by its routing key. Either is as good: the sender said it. */
  queueOf(event: TaskSent): string {
    const queue = event.queue ?? this.#ofDelayed(event);
    if (queue === undefined) {
      this.rules.counts.unknown++;
      return UNKNOWN;
    }
    this.rules.learn(event.name, queue);
    this.rules.counts.sent++;
    return queue;
  }

  /**
   * The queue of a task that the broker keeps until it is due: the one whose workers say that they are bound by its
   * key, else one that is called like it, as the queues are that Celery declares by itself.
   */
  #ofDelayed(event: TaskSent): string | undefined {
    const key = delayedRoutingKey(event);
    if (key === undefined) return undefined;
    return this.#routing.queueOf(key, this.#workers) ?? (this.#isQueue(key) ? key : undefined);
  }

  /** A task was received of which no task-sent was seen: gives its row a series. */
  received(row: number, event: TaskReceived, retries: number, now: number): void {
    this.tick(now);
    if (this.#waiting.has(row)) return;
    const guess = this.rules.guess(event.name, this.#workers.get(event.hostname));
    if (this.#await(row, event.name, retries, guess, now)) return;
    this.#table.series[row] = this.#book.get(event.name, this.rules.use(guess), now).index;
  }

  /** A retry was received before its task-sent: its queue is that of the run before, unless that says other. */
  receivedRetry(row: number, retries: number, now: number): void {
    this.tick(now);
    if (this.#waiting.has(row)) return;
    const { task, queue } = this.#book.at(this.#table.series[row] as number);
    this.#await(row, task.name, retries, this.rules.guessOfRetry(task.name, queue), now);
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
    if (now < this.#nextDue - PATIENCE) return this.settleAll();
    if (now < this.#nextDue) return;
    for (const task of this.#waiting.values()) {
      this.#nextDue = task.since + PATIENCE;
      if (now < this.#nextDue) return;
      this.rules.awaitedInVain(task.name);
      this.#settleByGuess(task);
    }
  }

  /** Gives the row a series of its own for a while; false where there is no room, or no task-sent to be expected. */
  #await(row: number, name: string, retries: number, guess: Guess, now: number): boolean {
    if (!guess.mayImprove || this.#waiting.size >= MOST_WAITING) return false;
    const series = this.#book.provisional(name, now);
    if (series === undefined) return false;
    if (this.#waiting.size === 0) this.#nextDue = now + PATIENCE;
    this.#waiting.set(row, { row, name, retries, series, guess, since: now });
    this.#table.series[row] = series.index;
    return true;
  }

  #settleByGuess(task: WaitingTask): void {
    this.#settle(task, this.#book.get(task.name, this.rules.use(task.guess), task.series.lastSeen));
  }

  #settle({ row, series: from }: WaitingTask, to: TaskSeries): void {
    this.#waiting.delete(row);
    if (this.#table.series[row] === from.index) this.#table.series[row] = to.index;
    this.#executions.moveRuns(row, from.index, to.index);
    this.#book.merge(from, to);
  }
}

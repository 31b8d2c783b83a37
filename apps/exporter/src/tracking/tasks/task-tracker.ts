// From events to numbers: each event of a task's life is matched with what its id is known for, and counted once.
// The rules of counting (what is a second event, what is a second execution) are here and nowhere else.
import {
  announcesRejection,
  etaSeconds,
  exceptionClass,
  readyAt,
  type TaskEvent,
  type TaskFailed,
  type TaskReceived,
  type TaskSent,
  type TaskState,
  type TaskSucceeded,
  unregisteredName,
} from '@celery-watch/celery-protocol';
import { noteEnd, noteRun } from '../workers/broken-connection.js';
import { Executions } from './executions.js';
import type { WorkerProcess } from '../workers/worker.js';
import { QueueAttribution } from './queue-attribution.js';
import type { QueueRules } from './queue-rule.js';
import { SilentEnds } from './silent-ends.js';
import { count, heard, STATE_INDEX, type TaskSeries, type TaskSeriesBook } from './task-series.js';
import { ENDED, type RowState, RUNNING, TaskTable, WAITING } from './task-table.js';
import type { WorkerBook } from '../workers/worker-book.js';

export interface TrackerSettings {
  /** Most tasks in the table. */
  readonly maxTasks: number;
  /** Seconds after which a task of which nothing is heard is given up. */
  readonly taskTtl: number;
  /** Most task names whose last queue is remembered. */
  readonly maxNames: number;
}

/** Seconds that an ended task stays known: its late and second events come within moments. */
const ENDED_TTL = 60;
/** Ended tasks never take more than this part of the table. */
const ENDED_SHARE = 0.25;
/** What the table can say of retries. */
const MOST_RETRIES = 255;

type EndState = Exclude<TaskState, 'sent' | 'received' | 'started'>;

/** The ends after which nothing more comes, as bits of the table's column `counted`. */
const FINAL = (1 << STATE_INDEX.succeeded) | (1 << STATE_INDEX.failed) | (1 << STATE_INDEX.revoked);
/** In the same column: the queue wait of this execution was measured. */
const WAITED = 1 << 15;

export class TaskTracker {
  readonly table: TaskTable;
  readonly executions: Executions;
  /** Runs that end without an event. */
  readonly silentEnds: SilentEnds;
  /** Second events about one execution, by state. */
  readonly duplicates = new Map<TaskState, number>();
  /** Rows put out before their end was seen: for want of room, or of news. */
  readonly evicted = { waiting: 0, running: 0 };
  readonly expired = { waiting: 0, running: 0 };

  readonly #settings: TrackerSettings;
  readonly #book: TaskSeriesBook;
  readonly #workers: WorkerBook;
  readonly #attribution: QueueAttribution;

  /** @param isQueue whether a queue of that name is known */
  constructor(
    settings: TrackerSettings,
    book: TaskSeriesBook,
    workers: WorkerBook,
    isQueue: (name: string) => boolean = () => false,
  ) {
    this.#settings = settings;
    this.#book = book;
    this.#workers = workers;
    this.table = new TaskTable(settings.maxTasks, (row, state) => {
      if (state === WAITING) this.evicted.waiting++;
      else if (state === RUNNING) this.evicted.running++;
      this.#attribution.settle(row);
      this.executions.endAll(row);
    });
    this.executions = new Executions(this.table, book, workers);
    this.silentEnds = new SilentEnds(this.table, this.executions, book, workers, (row, after, now) => {
      this.#settle(row, after, now);
    });
    this.#attribution = new QueueAttribution(settings.maxNames, this.table, book, this.executions, workers, isQueue);
  }

  get queueRules(): QueueRules {
    return this.#attribution.rules;
  }

  /** Takes one event. `now` is the exporter's clock in epoch seconds. */
  event(event: TaskEvent, now: number): void {
    if (event.type === 'task-sent') return this.#sent(event, now);
    const process = this.#workers.ofTaskEvent(event, now);
    process?.taskEvent(event.type === 'task-started', event.timestamp);
    process?.owner.held.event(event);
    switch (event.type) {
      case 'task-received':
        return this.#received(event, process, now);
      case 'task-started':
        return this.#started(event, process, now);
      case 'task-succeeded':
        return this.#ended('succeeded', ENDED, event, process, now);
      // Counted at once as what it is; the task-rejected that follows is then the second event about the same end.
      case 'task-failed':
        return this.#ended(announcesRejection(event.traceback) ? 'rejected' : 'failed', ENDED, event, process, now);
      case 'task-revoked':
        return this.#ended('revoked', ENDED, event, process, now);
      // What was retried, put back or cancelled comes again under the same id.
      case 'task-retried':
        return this.#ended('retried', WAITING, event, process, now);
      case 'task-cancelled':
        return this.#ended('cancelled', WAITING, event, process, now);
      case 'task-rejected':
        return this.#ended('rejected', event.requeue ? WAITING : ENDED, event, process, now);
    }
  }

  /** Ages tasks out; call it about once a second. */
  tick(now: number): void {
    const { table } = this;
    this.#attribution.tick(now);
    const mostEnded = table.limit * ENDED_SHARE;
    const endedTtl = Math.min(ENDED_TTL, this.#settings.taskTtl);
    for (let row = table.oldest(ENDED); row >= 0; row = table.oldest(ENDED)) {
      if (now - (table.touchedAt[row] as number) < endedTtl && table.sizes[ENDED] <= mostEnded) break;
      this.#remove(row);
    }
    this.#expire(WAITING, now, () => {
      this.expired.waiting++;
    });
    this.#expire(RUNNING, now, (row) => {
      this.expired.running++;
      for (const run of this.executions.endAll(row)) this.silentEnds.count(run, 'unresolved', now);
    });
  }

  /** No task-sent is to be awaited any more: what waits for one counts under its guess. */
  settleProvisional(): void {
    this.#attribution.settleAll();
  }

  /** When a task could have run, as task-sent said, and our clock when that was heard; undefined where none was. */
  sentAt(id: string): { readonly at: number; readonly heardAt: number } | undefined {
    const row = this.table.find(id);
    const at = row < 0 ? 0 : (this.table.sentAt[row] as number);
    return at > 0 ? { at, heardAt: this.table.touchedAt[row] as number } : undefined;
  }

  #sent(event: TaskSent, now: number): void {
    const { table } = this;
    const series = this.#book.get(event.name, this.#attribution.queueOf(event), now);
    count(series, 'sent', now);
    const ready = readyAt(event.timestamp, event.eta);
    let row = table.find(event.uuid);
    if (row < 0) row = table.insert(event.uuid, now);
    this.#attribution.sent(row, retriesOf(event), series);
    const state = table.stateOf(row);
    if (this.#isLate(event, row, state)) return this.#sentLate(event, series, row, now);
    // A retry is published while the run before it is still on, and may even overtake that run's start.
    if (state === RUNNING || (event.retries > 0 && table.certain[row] === 1 && (table.sentAt[row] as number) > 0)) {
      table.nextSentAt[row] = ready;
      table.nextSeries[row] = series.index;
      return this.#touch(row, state, now);
    }
    table.sentAt[row] = ready;
    table.series[row] = series.index;
    table.certain[row] = 1;
    this.#touch(row, WAITING, now);
  }

  /**
   * Whether a task-sent tells of a run that has begun, or ended, already: its sender has a connection of its own. The
   * number of retries decides; a clock only where that is the same, since the first that is seen of a task is late
   * whatever time it says, and a child that retries at once may be ahead of its worker's task-started.
   */
  #isLate(event: TaskSent, row: number, state: RowState): boolean {
    const { table } = this;
    const retries = retriesOf(event);
    const begun = table.startedRetries[row] as number;
    const startedAt = this.executions.lastStart(row);
    if (table.certain[row] === 0) {
      if (state === ENDED || (state === RUNNING && retries === 0)) return true;
      if (startedAt > 0 && retries === begun) return true;
    }
    return startedAt > 0 && (retries < begun || (retries === begun && event.timestamp <= startedAt));
  }

  /** @param series what the event names: the wait was in its queue, wherever the run has counted */
  #sentLate(event: TaskSent, series: TaskSeries, row: number, now: number): void {
    const { table } = this;
    const startedAt = this.executions.lastStart(row);
    const counted = table.counted[row] as number;
    const isOfThisRun = retriesOf(event) === table.startedRetries[row];
    if (isOfThisRun && startedAt > 0 && (counted & WAITED) === 0) {
      table.counted[row] = counted | WAITED;
      this.#book.observeQueueWait(series, startedAt - readyAt(event.timestamp, event.eta));
    }
    if (table.series[row] === series.index) table.certain[row] = 1;
    this.#touch(row, table.stateOf(row), now);
  }

  #received(event: TaskReceived, process: WorkerProcess | undefined, now: number): void {
    const { table } = this;
    let row = table.find(event.uuid);
    if (row < 0) row = table.insert(event.uuid, now);
    const isOn = table.stateOf(row) === RUNNING;
    const retries = retriesOf(event);
    if (!isOn) {
      if (table.certain[row] === 0) this.#attribution.received(row, event, retries, now);
      else if (retries > (table.startedRetries[row] as number) && table.sentAt[row] === 0)
        this.#attribution.receivedRetry(row, retries, now);
    }
    const series = this.#book.at((table.nextSentAt[row] === 0 ? table.series : table.nextSeries)[row] as number);
    this.#countAt('received', series, process, now);
    const ready = readyAt(event.timestamp, event.eta);
    table.receivedAt[row] = ready;
    table.receivedRetries[row] = retries;
    this.#heedEta(row, event, ready);
    if (!isOn) table.counted[row] = 0;
    this.#touch(row, isOn ? RUNNING : WAITING, now);
  }

  /**
   * The worker's ETA is the one that it acts on, and names its offset, which the sender's need not
   * (docs/protocol/events.md#naive-etas). Where no task-sent comes, it alone says when the task could have run.
   */
  #heedEta(row: number, event: TaskReceived, ready: number): void {
    if (event.eta === null || etaSeconds(event.eta) === undefined) return;
    const { table } = this;
    const column = table.nextSentAt[row] === 0 ? table.sentAt : table.nextSentAt;
    const isOver = ready <= event.timestamp;
    if (isOver ? (column[row] as number) > ready : table.certain[row] === 0 || (column[row] as number) > 0)
      column[row] = ready;
  }

  #started(event: TaskEvent, process: WorkerProcess | undefined, now: number): void {
    const { table } = this;
    let row = table.find(event.uuid);
    if (row < 0) {
      row = table.insert(event.uuid, now);
      table.series[row] = this.#book.unknown(now).index;
    }
    // A retry may start elsewhere before the end of the run before it is heard of.
    const isNext = (table.runs[row] as number) > 0 && table.nextSentAt[row] !== 0;
    const series = this.#book.at((isNext ? table.nextSeries : table.series)[row] as number);
    this.#countAt('started', series, process, now);
    const sentAt = (isNext ? table.nextSentAt : table.sentAt)[row] as number;
    if (isNext) table.nextSentAt[row] = 0;
    const receivedAt = table.receivedAt[row] as number;
    if (sentAt > 0) this.#book.observeQueueWait(series, event.timestamp - sentAt);
    if (receivedAt > 0) this.#book.observePrefetchWait(series, event.timestamp - receivedAt);
    const since = sentAt > 0 ? sentAt : receivedAt;
    if (since > 0) this.#book.observePickup(series, event.timestamp - since);
    table.sentAt[row] = 0;
    table.receivedAt[row] = 0;
    table.startedRetries[row] = table.receivedRetries[row] as number;
    table.counted[row] = sentAt > 0 ? WAITED : 0;
    this.executions.begin(row, { worker: process?.id ?? 0, startedAt: event.timestamp, series: series.index });
    this.#touch(row, RUNNING, now);
    if (process?.reconnected !== undefined) noteRun(process, event.timestamp);
  }

  #ended(state: EndState, after: RowState, event: TaskEvent, process: WorkerProcess | undefined, now: number): void {
    const { table } = this;
    let row = table.find(event.uuid);
    if (row < 0) {
      row = table.insert(event.uuid, now);
      table.series[row] = this.#seriesOfEnd(event, now).index;
    }
    const run = this.executions.endOn(row, process, now);
    const bit = 1 << STATE_INDEX[state];
    const counted = table.counted[row] as number;
    // Some versions send task-failed or task-revoked twice (docs/protocol/events.md#second-ends): no new run has begun
    // in between.
    if (run === undefined && (counted & bit) !== 0) {
      this.duplicates.set(state, (this.duplicates.get(state) ?? 0) + 1);
      return;
    }
    table.counted[row] = counted | bit;
    if (run !== undefined && process?.reconnected !== undefined) noteEnd(process, run.startedAt);
    const series = this.#book.at(run?.series ?? (table.series[row] as number));
    this.#countAt(state, series, process, now);
    if (event.type === 'task-succeeded') this.#succeeded(event, series, run?.startedAt);
    else if (event.type === 'task-failed' && state === 'failed') this.#failed(event, series, run?.startedAt);
    // The end of a retry, which ran elsewhere, may come before the end of the run before it.
    this.#settle(row, (counted & FINAL) === 0 ? after : ENDED, now);
  }

  #succeeded(event: TaskSucceeded, series: TaskSeries, startedAt: number | undefined): void {
    series.task.lastSuccess = Math.max(series.task.lastSuccess, event.timestamp);
    const runtime =
      Number.isNaN(event.runtime) && startedAt !== undefined ? event.timestamp - startedAt : event.runtime;
    this.#book.observeDuration(series, runtime);
    this.#book.observeRuntime(series, runtime);
  }

  #failed(event: TaskFailed, series: TaskSeries, startedAt: number | undefined): void {
    this.#book.countFailures(series, exceptionClass(event.exception, event.traceback), 1);
    // Failures carry no run time; both times here are of the worker's own clock.
    if (startedAt !== undefined) this.#book.observeDuration(series, event.timestamp - startedAt);
  }

  /** After an end: running while another execution is on, waiting where the next publication was seen, else as told. */
  #settle(row: number, after: RowState, now: number): void {
    const { table } = this;
    if ((table.runs[row] as number) > 0) return this.#touch(row, RUNNING, now);
    const next = table.nextSentAt[row] as number;
    if (next === 0) return this.#touch(row, after, now);
    table.sentAt[row] = next;
    table.series[row] = table.nextSeries[row] as number;
    table.certain[row] = 1;
    table.nextSentAt[row] = 0;
    this.#touch(row, WAITING, now);
  }

  /**
   * The row was heard of, and with it the series that it points to: none of them may be forgotten before the row is.
   */
  #touch(row: number, state: RowState, now: number): void {
    const { table } = this;
    heard(this.#book.at(table.series[row] as number), now);
    if (table.nextSentAt[row] !== 0) heard(this.#book.at(table.nextSeries[row] as number), now);
    table.touch(row, state, now);
  }

  #expire(state: RowState, now: number, giveUp: (row: number) => void): void {
    const { table } = this;
    for (let row = table.oldest(state); row >= 0; row = table.oldest(state)) {
      if (now - (table.touchedAt[row] as number) <= this.#settings.taskTtl) return;
      giveUp(row);
      this.#remove(row);
    }
  }

  #remove(row: number): void {
    this.#attribution.settle(row);
    this.table.remove(row);
  }

  #seriesOf(name: string, nodename: string, now: number): TaskSeries {
    return this.#book.get(name, this.queueRules.resolve(name, this.#workers.get(nodename)), now);
  }

  /** An end of which nothing was seen before: unknown, but for an unregistered task, whose name the exception tells. */
  #seriesOfEnd(event: TaskEvent, now: number): TaskSeries {
    const name = event.type === 'task-failed' ? unregisteredName(event.exception) : undefined;
    return name === undefined ? this.#book.unknown(now) : this.#seriesOf(name, event.hostname, now);
  }

  #countAt(state: TaskState, series: TaskSeries, process: WorkerProcess | undefined, now: number): void {
    count(series, state, now);
    if (process !== undefined) (process.owner.states[STATE_INDEX[state]] as number)++;
  }
}

/** Retries before this publication, as far as the table can say. */
function retriesOf({ retries }: TaskSent | TaskReceived): number {
  return Math.min(retries, MOST_RETRIES);
}

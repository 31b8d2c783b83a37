// The last word of each task that runs, for gauges that are the sum or an extreme of them: a task that ended says
// nothing any more, and one that speaks under other labels counts there and nowhere else.
import { type TaskTable, ENDED, RUNNING } from '../tasks/task-table.js';
import type { Combination } from './custom-metric.js';

interface Word {
  /** The label text under which it counts. */
  readonly series: string;
  readonly value: number;
  /** Which event said it. */
  readonly sequence: number;
  /** Exporter's clock. */
  readonly at: number;
  /** The task was seen running since; of others, whose events are off, only silence tells that they ended. */
  wasRunning: boolean;
}

/** Most running tasks whose values one metric holds. */
const MOST_TASKS = 10_000;

/** All of one metric. */
export class RunningValues {
  /** By task. */
  readonly #words = new Map<string, Word>();
  /** How many tasks each series has. */
  readonly #tasks = new Map<string, number>();
  readonly #maxSeries: number;

  constructor(maxSeries: number) {
    this.#maxSeries = maxSeries;
  }

  /** How many series there are. */
  get size(): number {
    return this.#tasks.size;
  }

  /**
   * A task says a value, which takes the place of what it said before, under whatever labels. Words of a task that has
   * ended, and those that come after a later one, change nothing. False where there is no room for it.
   */
  set(id: string, said: Omit<Word, 'wasRunning'>, table: TaskTable): boolean {
    const before = this.#words.get(id);
    if (hasEnded(table, id) || (before !== undefined && before.sequence >= said.sequence)) return true;
    if (before !== undefined) this.#forget(id, before);
    const tasks = this.#tasks.get(said.series);
    if (this.#words.size >= MOST_TASKS || (tasks === undefined && this.#tasks.size >= this.#maxSeries)) return false;
    this.#tasks.set(said.series, (tasks ?? 0) + 1);
    this.#words.set(id, { ...said, wasRunning: before?.wasRunning ?? false });
    return true;
  }

  /** Forgets the tasks that run no more, and those that are not known and were silent since `limit`. */
  sweep(table: TaskTable, limit: number): void {
    for (const [id, word] of this.#words) {
      const row = table.find(id);
      const isRunning = row >= 0 && table.stateOf(row) === RUNNING;
      if (isRunning) word.wasRunning = true;
      else if (word.wasRunning || hasEnded(table, id) || word.at < limit) this.#forget(id, word);
    }
  }

  /** The number of each series, by its label text. */
  combined(how: Exclude<Combination, 'last'>): ReadonlyMap<string, number> {
    const sums = new Map<string, { sum: number; avg: number; min: number; max: number }>();
    for (const { series, value } of this.#words.values()) {
      const share = value / (this.#tasks.get(series) ?? 1);
      const before = sums.get(series);
      if (before === undefined) {
        sums.set(series, { sum: value, avg: share, min: value, max: value });
        continue;
      }
      before.sum += value;
      before.avg += share;
      before.min = Math.min(before.min, value);
      before.max = Math.max(before.max, value);
    }
    const numbers = new Map<string, number>();
    for (const [series, all] of sums) {
      // The sum may be too large for a number where the average is not.
      const avg = Number.isFinite(all.sum) ? all.sum / (this.#tasks.get(series) ?? 1) : all.avg;
      numbers.set(series, { ...all, avg }[how]);
    }
    return numbers;
  }

  #forget(id: string, { series }: Word): void {
    this.#words.delete(id);
    const others = (this.#tasks.get(series) ?? 1) - 1;
    if (others > 0) this.#tasks.set(series, others);
    else this.#tasks.delete(series);
  }
}

/** Whether the task is known to run no more. */
function hasEnded(table: TaskTable, id: string): boolean {
  const row = table.find(id);
  return row >= 0 && table.stateOf(row) === ENDED;
}

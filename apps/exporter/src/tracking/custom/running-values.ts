// The last word of each task that runs, for gauges that are the sum or an extreme of them: a task that ended says
// nothing any more.
import { type TaskTable, ENDED, RUNNING } from '../tasks/task-table.js';
import type { Combination } from './custom-metric.js';

interface Word {
  value: number;
  /** Which event said it. */
  sequence: number;
  /** Exporter's clock. */
  at: number;
  /** The task was seen running since; of others, whose events are off, only silence tells that they ended. */
  wasRunning: boolean;
}

export class RunningValues {
  readonly #words = new Map<string, Word>();

  get size(): number {
    return this.#words.size;
  }

  has(id: string): boolean {
    return this.#words.has(id);
  }

  set(id: string, value: number, sequence: number, now: number): void {
    const known = this.#words.get(id);
    if (known === undefined) this.#words.set(id, { value, sequence, at: now, wasRunning: false });
    else if (sequence > known.sequence) Object.assign(known, { value, sequence, at: now });
  }

  /** Forgets the tasks that run no more, and those that are not known and were silent since `limit`. */
  sweep(table: TaskTable, limit: number): void {
    for (const [id, word] of this.#words) {
      const row = table.find(id);
      const isRunning = row >= 0 && table.stateOf(row) === RUNNING;
      if (isRunning) word.wasRunning = true;
      else if (word.wasRunning || hasEnded(table, id) || word.at < limit) this.#words.delete(id);
    }
  }

  /** Undefined where no task runs that said anything. */
  combined(how: Combination): number | undefined {
    if (this.#words.size === 0 || how === 'last') return undefined;
    let [sum, avg, min, max] = [0, 0, Infinity, -Infinity];
    for (const { value } of this.#words.values()) {
      sum += value;
      avg += value / this.#words.size;
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
    // The sum may be too large for a number where the average is not.
    return { sum, min, max, avg: Number.isFinite(sum) ? sum / this.#words.size : avg }[how];
  }
}

export function hasEnded(table: TaskTable, id: string): boolean {
  const row = table.find(id);
  return row >= 0 && table.stateOf(row) === ENDED;
}

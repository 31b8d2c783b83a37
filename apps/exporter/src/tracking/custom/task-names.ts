// What tasks are called that were running before the exporter listened, or whose events are off: their workers can be
// asked what they execute (docs/protocol/remote-control.md#commands).
import { UNKNOWN } from '@celery-watch/celery-protocol';
import type { KnownTask } from '../taps.js';

/** Most tasks that are remembered; the oldest go first. */
const MOST = 10_000;
/** Seconds between two questions: each wakes every worker. */
const PAUSE = 10;
/** Seconds after which a task is asked about again that nobody has named: question and answer may get lost. */
const AGAIN = 60;

interface Asked {
  at: number;
  task: KnownTask | undefined;
}

export class TaskNames {
  readonly #asked = new Map<string, Asked>();
  #askedAt = -Infinity;

  /** What was told of the id. */
  get(id: string): KnownTask | undefined {
    return this.#asked.get(id)?.task;
  }

  /**
   * Whom to ask now about tasks that nobody has named; nobody for a while after the last question.
   * @param nameless the tasks and who told of them
   * @param canTell whether this worker answers while it executes
   */
  ask(
    nameless: Iterable<{ readonly task: string; readonly worker: string }>,
    canTell: (worker: string) => boolean,
    now: number,
  ): readonly string[] {
    if (now - this.#askedAt < PAUSE) return [];
    const workers = new Set<string>();
    for (const { task, worker } of nameless) {
      const before = this.#asked.get(task);
      const isDone = before !== undefined && (before.task !== undefined || now - before.at < AGAIN);
      if (isDone || !canTell(worker)) continue;
      workers.add(worker);
      const [oldest] = this.#asked.keys();
      if (this.#asked.size >= MOST && oldest !== undefined) this.#asked.delete(oldest);
      this.#asked.set(task, { at: now, task: undefined });
    }
    if (workers.size > 0) this.#askedAt = now;
    return [...workers];
  }

  /** A worker said what it executes; of others than those that were asked about nothing is kept. */
  tell(id: string, name: string, queue: string | undefined): void {
    const asked = this.#asked.get(id);
    if (asked !== undefined) asked.task = { name, queue: queue ?? UNKNOWN };
  }
}

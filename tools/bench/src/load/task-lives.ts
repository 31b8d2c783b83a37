// The lives of synthetic tasks: sent, received, started, ended; spread over workers that prefetch and run several at
// once.
import { type Random, UUID_LENGTH } from './random.js';

export interface Task {
  /** Where its id stands in `TaskLives.ids`. */
  readonly idAt: number;
  readonly name: number;
  readonly call: number;
  retries: number;
}

export type Step = 'received' | 'started' | 'succeeded' | 'failed' | 'retried';

/** How much one worker holds: 4 messages prefetched for each of 8 processes, as Celery does. */
const MOST_RUNNING = 8;
const MOST_PREFETCHED = 32;
const BACKLOG = 1_000;
const FAILS = 0.03;
const RETRIES = 0.02;

interface Held {
  readonly prefetched: Task[];
  readonly running: Task[];
  /** Running tasks that never end and are kept nowhere. */
  hanging: number;
  processed: number;
}

export class TaskLives {
  #ids = new Uint8Array(64 * 1024 * UUID_LENGTH);
  readonly #free: number[] = [];
  #used = 0;
  readonly #random: Random;
  readonly #held: readonly Held[];
  /** Sent and not yet received, in no particular order. */
  readonly #backlog: Task[] = [];
  /** How many task names are in use. */
  names: number;

  constructor(random: Random, settings: { readonly workers: number; readonly names: number }) {
    this.#random = random;
    this.names = settings.names;
    this.#held = Array.from({ length: settings.workers }, () => ({
      prefetched: [],
      running: [],
      hanging: 0,
      processed: 0,
    }));
  }

  get ids(): Uint8Array {
    return this.#ids;
  }

  get wantsTask(): boolean {
    return this.#backlog.length < BACKLOG;
  }

  running(worker: number): number {
    const { running, hanging } = this.#at(worker);
    return running.length + hanging;
  }

  processed(worker: number): number {
    return this.#at(worker).processed;
  }

  /** A new task in the backlog. */
  send(): Task {
    const task = this.#make();
    this.#backlog.push(task);
    return task;
  }

  /**
   * A task that is sent, received and perhaps started, and of which nothing more is ever heard. Its id is read before
   * the next call.
   */
  abandon(worker: number, isStarted: boolean): Task {
    const task = this.#make();
    this.#free.push(task.idAt);
    if (isStarted) {
      this.#at(worker).processed++;
      this.#at(worker).hanging++;
    }
    return task;
  }

  /** The next thing that happens on a worker. The id of an ended task is read before the next step. */
  step(worker: number): readonly [Step, Task] {
    const held = this.#at(worker);
    const { prefetched, running } = held;
    const choice = this.#random.below(3);
    if (running.length > 0 && (running.length >= MOST_RUNNING || choice === 0)) return this.#end(running);
    if (
      prefetched.length > 0 &&
      running.length < MOST_RUNNING &&
      (prefetched.length >= MOST_PREFETCHED || this.#backlog.length === 0 || choice === 1)
    ) {
      const task = prefetched.shift() as Task;
      held.processed++;
      running.push(task);
      return ['started', task];
    }
    const task = this.#takeAny(this.#backlog);
    prefetched.push(task);
    return ['received', task];
  }

  #end(running: Task[]): readonly [Step, Task] {
    const task = this.#takeAny(running);
    if (task.retries === 0 && this.#random.chance(RETRIES)) {
      task.retries = 1;
      this.#backlog.push(task);
      return ['retried', task];
    }
    this.#free.push(task.idAt);
    return [this.#random.chance(FAILS) ? 'failed' : 'succeeded', task];
  }

  #make(): Task {
    const idAt = this.#free.pop() ?? this.#used++ * UUID_LENGTH;
    if (idAt + UUID_LENGTH > this.#ids.length) this.#ids = grown(this.#ids);
    this.#random.uuid(this.#ids, idAt);
    return { idAt, name: this.#random.below(this.names), call: this.#random.below(3), retries: 0 };
  }

  #takeAny(tasks: Task[]): Task {
    const at = this.#random.below(tasks.length);
    const last = tasks.pop() as Task;
    if (at === tasks.length) return last;
    const taken = tasks[at] as Task;
    tasks[at] = last;
    return taken;
  }

  #at(worker: number): Held {
    return this.#held[worker] as Held;
  }
}

function grown(ids: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(ids.length * 2);
  larger.set(ids);
  return larger;
}

// The questions to the workers that are still open, and what has come together of each worker's answers: where several
// share a name, each of them tells a part.
import {
  type ConsumedQueue,
  type ControlMethod,
  readActive,
  readActiveQueues,
  readStats,
  type WorkerStats,
} from '@celery-watch/celery-protocol';

/** What one question was answered under one nodename; only what its own method asks for is ever filled. */
export interface Answers {
  /** How many came that were understood. */
  readonly count: number;
  readonly queues: readonly ConsumedQueue[];
  /** Sum over the pools. */
  readonly pool: WorkerStats | undefined;
  readonly active: ReadonlySet<string>;
}

/**
 * Seconds for which answers are kept that may be whole: a second one under the same name, of which nobody knew, comes
 * within these, unless the worker is busy.
 */
const TOGETHER = 15;
/** More are open only where workers come and go all the time. */
const MOST = 1000;
const NO_HEARTBEATS: ReadonlyMap<string, number> = new Map();

export class Question {
  readonly method: ControlMethod;
  readonly askedAt: number;
  /** For `active`: the clock of each asked worker at its last heartbeat before. */
  readonly heartbeats: ReadonlyMap<string, number>;
  readonly #answers = new Map<string, Answers>();
  #whole = new Set<string>();
  #isOld = false;

  constructor(method: ControlMethod, askedAt: number, heartbeats = NO_HEARTBEATS) {
    this.method = method;
    this.askedAt = askedAt;
    this.heartbeats = heartbeats;
  }

  /** An answer came; gives all of that name so far. One that is not understood is none. */
  add(nodename: string, result: unknown): Answers {
    const before = this.#answers.get(nodename) ?? NONE;
    const all = added(before, this.method, result);
    if (all !== before) this.#answers.set(nodename, all);
    return all;
  }

  /** All answers under that name are in, as far as is known: they need not be kept for long. */
  isWhole(nodename: string): void {
    if (this.#isOld) this.#answers.delete(nodename);
    else if (this.#answers.has(nodename)) this.#whole.add(nodename);
  }

  /** From now on nothing is kept that is whole. */
  growOld(): void {
    this.#isOld = true;
    for (const nodename of this.#whole) this.#answers.delete(nodename);
    this.#whole = new Set();
  }

  /** Answers of which parts are held. */
  get held(): number {
    return this.#answers.size;
  }
}

export class OpenQuestions {
  /** The oldest first. */
  readonly #young = new Map<string, Question>();
  readonly #old = new Map<string, Question>();
  readonly #longest: number;

  /** @param longest seconds after which no answer comes any more: a solo worker is busy for no longer */
  constructor(longest: number) {
    this.#longest = longest;
  }

  ask(ticket: string, question: Question): void {
    const now = question.askedAt;
    for (const [each, young] of this.#young) {
      if (now - young.askedAt < TOGETHER) break;
      this.#young.delete(each);
      young.growOld();
      this.#old.set(each, young);
    }
    for (const questions of [this.#old, this.#young]) {
      for (const [each, { askedAt }] of questions) {
        if (now - askedAt <= this.#longest && this.size < MOST) break;
        questions.delete(each);
      }
    }
    this.#young.set(ticket, question);
  }

  get(ticket: string): Question | undefined {
    return this.#young.get(ticket) ?? this.#old.get(ticket);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Answers of which parts are held. */
  get held(): number {
    let held = 0;
    for (const questions of [this.#young, this.#old]) for (const each of questions.values()) held += each.held;
    return held;
  }
}

const NONE: Answers = { count: 0, queues: [], pool: undefined, active: new Set() };

/** The same where the answer tells nothing that is kept. */
function added(before: Answers, method: ControlMethod, result: unknown): Answers {
  const count = before.count + 1;
  switch (method) {
    case 'active_queues': {
      const queues = readActiveQueues(result);
      const known = new Set(before.queues.map(({ name }) => name));
      return queues === undefined
        ? before
        : { ...before, count, queues: [...before.queues, ...queues.filter(({ name }) => !known.has(name))] };
    }
    case 'stats': {
      const stats = readStats(result);
      if (stats === undefined) return before;
      return { ...before, count, pool: before.pool === undefined ? stats : together(before.pool, stats) };
    }
    case 'active': {
      const ids = readActive(result);
      return ids === undefined ? before : { ...before, count, active: new Set([...before.active, ...ids]) };
    }
    case 'enable_events':
    case 'ping':
      return before;
  }
}

/** One that does not tell its number leaves the sum unknown. */
function together(one: WorkerStats, other: WorkerStats): WorkerStats {
  const sum = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined || b === undefined ? undefined : a + b;
  const autoscale =
    one.autoscale === undefined && other.autoscale === undefined
      ? undefined
      : sum(one.autoscale ?? one.processes, other.autoscale ?? other.processes);
  return {
    ...other,
    processes: sum(one.processes, other.processes),
    ...(autoscale !== undefined && { autoscale }),
  };
}

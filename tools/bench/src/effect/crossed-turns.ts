// Compares conditions block by block in turn, on two equal workers of which one is watched, and then with the roles
// exchanged.
import { median, medianInterval } from '../measure/statistics.js';
import type { Work } from './noop-worker.js';

/** Nobody listens to the worker; our exporter does; a bare loop on ioredis does that throws away what it hears. */
export type Condition = 'alone' | 'watched' | 'listener';

/** One block under each condition, close together in time. */
export type Turn = Readonly<Partial<Record<Condition, Work>>>;

/** In percent of the base. */
export interface Difference {
  readonly base: number;
  readonly other: number;
  readonly percent: number;
  /** 95 % confidence interval of the median. */
  readonly interval: readonly [number, number];
}

/** Each turn begins with the next condition: what changes slowly on the machine falls out. */
export async function turns(
  count: number,
  run: (condition: Condition) => Promise<Work>,
  conditions: readonly Condition[],
): Promise<Turn[]> {
  const done: Turn[] = [];
  for (let i = 0; i < count; i++) {
    const turn: Partial<Record<Condition, Work>> = {};
    for (let k = 0; k < conditions.length; k++) {
      const condition = conditions[(i + k) % conditions.length] as Condition;
      turn[condition] = await run(condition);
    }
    done.push(turn);
  }
  return done;
}

/**
 * The difference over two series of turns, between which the workers have exchanged their roles. Each turn of the first
 * is averaged with one of the second: that takes out what the two processes differ by anyway.
 */
export function difference(
  series: readonly (readonly Turn[])[],
  [base, other]: readonly [Condition, Condition],
  of: (work: Work) => number,
): Difference {
  const [first = [], second = []] = series;
  const value = (turn: Turn, condition: Condition): number =>
    of(turn[condition] ?? { tasksPerSecond: NaN, cpuMicrosPerTask: NaN });
  const change = (turn: Turn): number => Math.log(value(turn, other) / value(turn, base));
  const percents = first.map((turn, i) => (Math.exp((change(turn) + change(second[i] ?? {})) / 2) - 1) * 100);
  const all = [...first, ...second];
  return {
    base: median(all.map((turn) => value(turn, base))),
    other: median(all.map((turn) => value(turn, other))),
    percent: median(percents),
    interval: medianInterval(percents),
  };
}

export interface Setting {
  /** Whether the workers are started with -E. */
  readonly withEvents: boolean;
  /** Workers and Redis on one core, the exporter on another. */
  readonly isPinned: boolean;
  /** Tasks of a block, and how many come a second: Infinity for all at once. */
  readonly tasks: number;
  readonly rate: number;
  readonly conditions: readonly Condition[];
  /** Before and after the workers exchange their roles. */
  readonly turns: number;
}

export interface Compared extends Setting {
  readonly series: readonly (readonly Turn[])[];
  /** Microseconds of the exporter's own a task. */
  readonly exporterMicros: number;
}

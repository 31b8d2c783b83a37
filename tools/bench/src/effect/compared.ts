// What one comparison of workers is set to do, and what it gives.
import type { Condition, Turn } from './crossed-turns.js';

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

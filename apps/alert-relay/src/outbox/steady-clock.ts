// Two times that must not be mixed up: what clocks show, which somebody may set, and time that only passes. Everything
// that waits, expires or is counted goes by the second, also over a restart.
import { readFileSync } from 'node:fs';

/** Where time comes from. */
export interface TimeSources {
  /** What the system's clock shows: milliseconds since 1970. */
  readonly wall: () => number;
  /** Milliseconds since the machine's start, which nobody can set; it may stand still while the machine sleeps. */
  readonly ticks: () => number;
  /** Which start of which machine `ticks` counts from; undefined where that is not known. */
  readonly boot: string | undefined;
}

/** What one run leaves to the next. */
export interface KeptTime {
  /** Steady time at some moment, and `ticks` at the same. */
  readonly steady: number;
  readonly ticks: number;
  readonly boot: string | undefined;
  /** How far the clock was ahead of steady time. */
  readonly ahead: number;
}

/** Smaller steps are taken over in silence: clocks are adjusted all the time. Milliseconds. */
export const JUMP_MS = 5_000;
/** Below this they are not taken over at all, so that `now` does not go back because a clock rounds. Milliseconds. */
const ROUNDING_MS = 50;

/**
 * Steady time when a run begins: from the machine's own count where it has not been started anew; else from the clock,
 * but never before the moment that the last run has seen.
 */
function steadyAtStart(kept: KeptTime | undefined, { wall, ticks, boot }: TimeSources): number {
  if (kept === undefined) return wall();
  const passed = ticks() - kept.ticks;
  if (boot !== undefined && boot === kept.boot && passed >= 0) return kept.steady + passed;
  return Math.max(kept.steady, wall() - kept.ahead);
}

/** What a relay goes by. All times are whole milliseconds. */
export interface RelayClock {
  /** For people and other machines: milliseconds since 1970. */
  readonly now: () => number;
  /** Time that passes at its own pace. */
  readonly steady: () => number;
  /** How far the clock was set before the start, as far as that can be known; positive: forward. */
  readonly jumpBeforeStart: number;
  /** Takes over what the clock shows that all go by; how far it was set, 0 where nobody did. */
  look(): number | Promise<number>;
  /** The moment that `now` called `at`. */
  toSteady(at: number): number;
  /** What `now` would call a moment. */
  fromSteady(at: number): number;
  /** What the next run begins with, where it needs that. */
  keep(): KeptTime | undefined;
}

/** The time of a store that one relay has for itself. */
export class SteadyClock implements RelayClock {
  readonly #sources: TimeSources;
  readonly #began: { readonly steady: number; readonly ticks: number };
  #ahead: number;
  /** How far the clock was set while no run looked, as far as that can be known; positive: forward. */
  readonly jumpBeforeStart: number;

  constructor(sources: TimeSources, kept?: KeptTime) {
    this.#sources = sources;
    this.#began = { steady: Math.round(steadyAtStart(kept, sources)), ticks: sources.ticks() };
    this.#ahead = Math.round(sources.wall()) - this.#began.steady;
    const jump = this.#ahead - (kept?.ahead ?? this.#ahead);
    this.jumpBeforeStart = Math.abs(jump) < JUMP_MS ? 0 : jump;
  }

  /** For people and other machines: milliseconds since 1970 as of the last look at the clock, and what has passed. */
  readonly now = (): number => this.steady() + this.#ahead;

  /** Time that passes at its own pace. It begins with the first run's clock, so it looks like those of `now`. */
  readonly steady = (): number =>
    this.#began.steady + Math.max(0, Math.floor(this.#sources.ticks() - this.#began.ticks));

  /** Takes over what the system's clock shows; how far it was set, 0 where nobody did. */
  look(): number {
    const step = Math.round(this.#sources.wall()) - this.now();
    if (Math.abs(step) >= ROUNDING_MS) this.#ahead += step;
    return Math.abs(step) < JUMP_MS ? 0 : step;
  }

  /** The moment that `now` called `at`; wrong for a moment before somebody set the clock. */
  toSteady(at: number): number {
    return at - this.#ahead;
  }

  /** How the clock, as it goes now, would have shown a moment. */
  fromSteady(at: number): number {
    return at + this.#ahead;
  }

  keep(): KeptTime {
    return { steady: this.steady(), ticks: this.#sources.ticks(), boot: this.#sources.boot, ahead: this.#ahead };
  }
}

export const SYSTEM_TIME: TimeSources = {
  wall: () => Date.now(),
  ticks: () => Number(process.hrtime.bigint() / 1_000n) / 1_000,
  boot: bootId(),
};

/** Linux gives each start of the machine an id, also inside of containers. */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** What an earlier run left; undefined for what cannot be read. */
export function readKeptTime(note: string | undefined): KeptTime | undefined {
  try {
    const kept = JSON.parse(note ?? 'null') as Partial<Record<keyof KeptTime, unknown>> | null;
    const { steady, ticks, ahead, boot } = kept ?? {};
    if (![steady, ticks, ahead].every(Number.isFinite)) return undefined;
    return {
      steady: Number(steady),
      ticks: Number(ticks),
      ahead: Number(ahead),
      boot: typeof boot === 'string' ? boot : undefined,
    };
  } catch {
    return undefined;
  }
}

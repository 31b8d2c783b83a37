// The time that all relays of a store go by: the store's own, as a process can know it, from what it answered lately
// and from the ticks that have passed since. No machine's clock has a part in it: those of two relays may differ by
// hours.
import { JUMP_MS, type RelayClock } from './steady-clock.js';

export interface StoreTimeSources {
  /** What the store's clock shows, in milliseconds since 1970; rejects while the store is away. */
  readonly time: () => Promise<number | undefined>;
  /** Milliseconds that only pass. */
  readonly ticks: () => number;
}

/** How far the store's clock is ahead of the ticks, give or take `error`. */
interface Sample {
  readonly ahead: number;
  readonly error: number;
}

/** So many of the last answers are kept, of which the one that took the shortest counts. */
const KEPT = 8;
/** Looks before the first estimate: the first answer often waits for a connection. */
const FIRST_LOOKS = 3;
/** Times come in whole milliseconds, and quartz runs by a hundred of a million too fast or slow. Milliseconds. */
const ROUNDING_MS = 2;

export class StoreClock implements RelayClock {
  readonly #sources: StoreTimeSources;
  #samples: readonly Sample[];
  /** What was said last: small corrections never take it back. */
  #said = -Infinity;
  readonly jumpBeforeStart = 0;

  private constructor(sources: StoreTimeSources, first: Sample) {
    this.#sources = sources;
    this.#samples = [first];
  }

  /** Rejects while the store is away. */
  static async open(sources: StoreTimeSources): Promise<StoreClock> {
    const clock = new StoreClock(sources, await ask(sources));
    for (let looks = 1; looks < FIRST_LOOKS; looks++) clock.#take(await ask(sources));
    return clock;
  }

  /** Milliseconds since 1970, whole ones. */
  readonly now = (): number => {
    this.#said = Math.max(this.#said, Math.floor(this.#sources.ticks() + this.#best.ahead));
    return this.#said;
  };

  /** The same: what others wrote into the store is in this time. */
  readonly steady = this.now;

  /** Asks the store again; how far its clock was set, 0 where nobody did. While the store is away, ticks go on. */
  async look(): Promise<number> {
    try {
      return this.#take(await ask(this.#sources));
    } catch {
      return 0;
    }
  }

  toSteady(at: number): number {
    return at;
  }

  fromSteady(at: number): number {
    return at;
  }

  /** Nothing: the store keeps its own time. */
  keep(): undefined {
    return undefined;
  }

  #take(sample: Sample): number {
    const before = this.#best;
    const doubt = before.error + sample.error + ROUNDING_MS;
    const step = sample.ahead - before.ahead;
    const jump = Math.abs(step) > doubt + JUMP_MS ? Math.round(step) : 0;
    // What cannot be true beside the newest answer was true before somebody set the clock.
    const fitting = this.#samples.filter(
      ({ ahead, error }) => Math.abs(ahead - sample.ahead) <= error + sample.error + ROUNDING_MS,
    );
    this.#samples = [...fitting, sample].slice(-KEPT);
    if (jump !== 0) this.#said = -Infinity;
    return jump;
  }

  get #best(): Sample {
    return this.#samples.reduce((best, each) => (each.error <= best.error ? each : best));
  }
}

/** The store looked at its clock at some moment between question and answer. */
async function ask({ time, ticks }: StoreTimeSources): Promise<Sample> {
  const asked = ticks();
  const shown = await time();
  const took = ticks() - asked;
  if (shown === undefined || !Number.isFinite(shown)) throw new Error('the store has no time of its own');
  return { ahead: shown - asked - took / 2, error: took / 2 };
}

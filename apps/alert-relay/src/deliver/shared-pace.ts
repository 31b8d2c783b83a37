// A channel's pace in the store, for all relays that send for it: each request is taken from the budget there before it
// is sent, so that a restart knows of it and no two relays take the same.
import type { Budget } from '../channels/channel.js';
import type { NoteChange, Outbox } from '../outbox/outbox.js';
import {
  endAll,
  endRequest,
  liesAhead,
  readPace,
  takeRequest,
  tidied,
  writePace,
  type Ended,
  type Pace,
  type Taking,
} from './pace.js';

export interface SharedPaceDependencies {
  readonly outbox: Pick<Outbox, 'note' | 'changeNote' | 'time'>;
  /** The channel's. */
  readonly name: string;
  readonly budget: Budget;
  /** Steady milliseconds, the same for all relays. */
  readonly steady: () => number;
}

export class SharedPace {
  readonly #deps: SharedPaceDependencies;
  readonly #note: string;
  /** Whether other relays send for this channel: they must hear of an end before our next request. */
  readonly isShared: boolean;
  #takenAt: number | undefined;
  /** Ends that the store was not told of. */
  #untold: readonly Ended[] = [];

  private constructor(deps: SharedPaceDependencies, isShared: boolean) {
    this.#deps = deps;
    this.#note = `sent:${deps.name}`;
    this.isShared = isShared;
  }

  /** Takes up what earlier runs and other relays have sent, and the pause that the server asked for. */
  static async open(deps: SharedPaceDependencies): Promise<SharedPace> {
    const { outbox, name, steady } = deps;
    const pace = new SharedPace(deps, (await outbox.time()) !== undefined);
    // Earlier versions kept the pause by itself.
    const former = `pause:${name}`;
    const pausedUntil = Number((await outbox.note(former)) ?? 0) || 0;
    await pace.#change((known) => {
      const paused = { ...known, pausedUntil: Math.max(known.pausedUntil, pausedUntil) };
      return { pace: tidied(pace.isShared ? paused : endAll(paused, steady()), steady()), result: undefined };
    });
    if (pausedUntil !== 0) await outbox.note(former, '0');
    return pace;
  }

  /**
   * Takes one request, in the store when it resolves; or says how long that has to wait. `spread`: it begins a message.
   */
  async take(spread: boolean): Promise<Taking> {
    const { budget, steady } = this.#deps;
    const [now, taking] = await this.#change((pace) => {
      const at = steady();
      const taken = takeRequest(pace, budget, at, spread);
      const next = taken.kind === 'taken' ? taken.pace : liesAhead(pace, at) ? tidied(pace, at) : undefined;
      return { ...(next !== undefined && { pace: next }), result: [at, taken] as const };
    });
    if (taking.kind === 'taken') this.#takenAt = now;
    return taking;
  }

  /**
   * The request that was taken last has ended; the server wants no other before `pausedUntil`. A lone relay writes that
   * down with its next request: it knows itself. A pause is written at once: a request during DingTalk's ten minutes
   * would start them again.
   */
  ended(pausedUntil: number): void {
    this.#end(this.#deps.steady(), pausedUntil);
  }

  /** The request that was taken last was not sent: nothing, where none was taken or it has ended. */
  returned(): void {
    this.#end(undefined, 0);
  }

  #end(at: number | undefined, pausedUntil: number): void {
    if (this.#takenAt === undefined) return;
    this.#untold = [...this.#untold, { takenAt: this.#takenAt, at, pausedUntil }];
    this.#takenAt = undefined;
    // What fails is told with the next request.
    if (this.isShared || pausedUntil > 0) void this.flush().catch(() => undefined);
  }

  /** Tells the store what it does not know yet. */
  async flush(): Promise<void> {
    if (this.#untold.length > 0) await this.#change((pace) => ({ pace, result: undefined }));
  }

  /** Without a `pace` it is written only where the store had not been told of an end. */
  async #change<T>(decide: (pace: Pace) => { readonly pace?: Pace; readonly result: T }): Promise<T> {
    const told = this.#untold;
    const result = await this.#deps.outbox.changeNote(this.#note, (note): NoteChange<T> => {
      const known = told.reduce(endRequest, readPace(note));
      const { pace = told.length > 0 ? known : undefined, result } = decide(known);
      const value = pace && writePace(pace);
      return value === undefined || value === note ? { result } : { value, result };
    });
    this.#untold = this.#untold.filter((each) => !told.includes(each));
    return result;
  }
}

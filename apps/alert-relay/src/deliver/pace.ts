// How often a channel may send, whichever relay sends: a window that slides over what all relays of a store have sent,
// and the pause that its server asked for. No I/O; time is a parameter, in steady milliseconds that no change of the
// clock moves.
import { readRecord } from '@celery-watch/service';
import type { Budget } from '../channels/channel.js';

const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;
/** The clocks of two relays differ by less. */
const SKEW_MS = 1_000;
/**
 * A request of which no end was told counts as sent now for so long, and no longer: its relay may have died. A server
 * counts a request when it comes in, which is before it answers.
 */
const UNDER_WAY_MS = 10_000;
/** Longer than any pause that a server asks for. */
export const LONGEST_PAUSE_MS = 15 * 60_000;

/** What all relays of a store know of a channel's requests. */
export interface Pace {
  /** When each of the last minute had ended; the oldest first. */
  readonly sent: readonly number[];
  /** When each began of which no end was told. */
  readonly underWay: readonly number[];
  /** The server asked that nothing is sent before; 0: it asked for nothing. */
  readonly pausedUntil: number;
}

const NOTHING_SENT: Pace = { sent: [], underWay: [], pausedUntil: 0 };

/** What cannot be read counts as nothing sent: a channel must not fall silent for it. Earlier versions wrote a list. */
export function readPace(note: string | undefined): Pace {
  const { sent, underWay, pausedUntil } = readRecord(
    note?.startsWith('[') === true ? `{"sent":${note}}` : (note ?? ''),
  );
  return {
    sent: momentsIn(sent),
    underWay: momentsIn(underWay),
    pausedUntil: typeof pausedUntil === 'number' ? pausedUntil : 0,
  };
}

function momentsIn(value: unknown): readonly number[] {
  return Array.isArray(value)
    ? value.filter((each): each is number => typeof each === 'number').sort((a, b) => a - b)
    : NOTHING_SENT.sent;
}

export function writePace(pace: Pace): string {
  return JSON.stringify(pace);
}

/**
 * What still counts. What lies in the future was written before the store's clock was set back: it counts from now, or
 * it would block for too long; but it has to be written down so, or it would count from each new now.
 */
export function tidied({ sent, underWay, pausedUntil }: Pace, now: number): Pace {
  const past = (at: number): number => Math.min(at, now);
  const isOver = (at: number): boolean => past(at) + UNDER_WAY_MS <= now;
  const ended = underWay.filter(isOver).map((at) => at + UNDER_WAY_MS);
  return {
    sent: [...sent.map(past), ...ended].filter((at) => at > now - MINUTE_MS).sort((a, b) => a - b),
    underWay: underWay.filter((at) => !isOver(at)).map(past),
    pausedUntil: pausedUntil <= now ? 0 : Math.min(pausedUntil, now + LONGEST_PAUSE_MS),
  };
}

/** Whether something in it was written before the clock of the store was set back. */
export function liesAhead({ sent, underWay, pausedUntil }: Pace, now: number): boolean {
  const isAhead = (at: number): boolean => at > now + SKEW_MS;
  return sent.some(isAhead) || underWay.some(isAhead) || pausedUntil > now + SKEW_MS + LONGEST_PAUSE_MS;
}

/** How long nothing is sent because the server asked for a pause. */
export function pauseMs(pace: Pace, now: number): number {
  return Math.max(0, tidied(pace, now).pausedUntil - now);
}

export type Taking =
  /** `spare`: how many, with it, could be sent at once. */
  | { readonly kind: 'taken'; readonly pace: Pace; readonly spare: number }
  /** `paused`: the server asked for it; else the budget is used up. */
  | { readonly kind: 'wait' | 'paused'; readonly ms: number };

/**
 * Takes one request from the budget, which begins now, or says how long that has to wait. `spread`: it begins a
 * message, which waits for its share of the minute; the parts that follow do not.
 */
export function takeRequest(before: Pace, budget: Budget, now: number, spread = false): Taking {
  const pace = tidied(before, now);
  const paused = pauseMs(pace, now);
  if (paused > 0) return { kind: 'paused', ms: paused };
  const { waitMs, paceMs, spare } = new RateBudget(budget, pace, now);
  const ms = spread ? Math.max(waitMs, paceMs) : waitMs;
  return ms > 0 ? { kind: 'wait', ms } : { kind: 'taken', pace: { ...pace, underWay: [...pace.underWay, now] }, spare };
}

/** The end of a request, and until when the server wants no other (0: no matter). */
export interface Ended {
  readonly takenAt: number;
  /** Undefined: it was never sent. */
  readonly at: number | undefined;
  readonly pausedUntil: number;
}

/**
 * A request has ended: its server counted it at some moment until now, so its distance to the next counts from here.
 * Told twice it is the same as told once.
 */
export function endRequest(pace: Pace, { takenAt, at, pausedUntil }: Ended): Pace {
  const paused = { ...pace, pausedUntil: Math.max(pace.pausedUntil, pausedUntil) };
  const place = pace.underWay.indexOf(takenAt);
  const sent = at === undefined ? [] : [at];
  if (place !== -1) return { ...paused, underWay: pace.underWay.toSpliced(place, 1), sent: [...pace.sent, ...sent] };
  // Under way for so long that it counted as ended.
  const late = pace.sent.indexOf(takenAt + UNDER_WAY_MS);
  return late === -1 ? paused : { ...paused, sent: pace.sent.toSpliced(late, 1, ...sent) };
}

/** No other relay is there, and this one has just begun: whatever was under way has ended. */
export function endAll(pace: Pace, now: number): Pace {
  return {
    ...pace,
    underWay: [],
    sent: [...pace.sent, ...pace.underWay.map((at) => Math.min(at + UNDER_WAY_MS, now))],
  };
}

/**
 * The budget at one moment: at most so many requests in any 60 seconds, and in any second. A window that slides, not a
 * bucket that fills up again: a server that counts by the minute would see twice the bucket, and DingTalk then blocks
 * its robot for ten minutes.
 */
export class RateBudget {
  readonly #budget: Budget;
  /** What counts within this minute, the oldest first; what is under way counts as sent now. */
  readonly #moments: readonly number[];
  readonly #now: number;

  constructor(budget: Budget, pace: Pace, now: number) {
    const { sent, underWay } = tidied(pace, now);
    this.#budget = budget;
    this.#now = now;
    this.#moments = [...sent, ...underWay.map(() => now)];
  }

  /** How many requests may be sent within this minute. */
  get available(): number {
    return Math.max(0, this.#perMinute - this.#moments.length);
  }

  /** How many may be sent at once: half of the budget is kept for what else comes within this minute. */
  get spare(): number {
    return Math.max(0, this.available - Math.floor(this.#perMinute / 2));
  }

  /**
   * How long the next message should wait once only the reserve is left: the reserve is spread evenly over the minute.
   * Otherwise the first messages of a storm would take everything, and the next would wait for up to a minute.
   */
  get paceMs(): number {
    const last = this.#moments.at(-1);
    if (last === undefined || this.spare > 0) return 0;
    return Math.max(0, last + MINUTE_MS / this.#perMinute - this.#now);
  }

  /** How long the next request has to wait; 0: it may be sent now. */
  get waitMs(): number {
    const { perSecond } = this.#budget;
    const minute = this.#until(this.#perMinute, MINUTE_MS);
    const second = perSecond === undefined ? 0 : this.#until(Math.max(1, Math.floor(perSecond)), SECOND_MS);
    return Math.max(minute, second);
  }

  get #perMinute(): number {
    return Math.max(1, Math.floor(this.#budget.perMinute));
  }

  #until(most: number, windowMs: number): number {
    const oldest = this.#moments.at(-most);
    return oldest === undefined ? 0 : Math.max(0, oldest + windowMs - this.#now);
  }
}

// Where a message is cut into parts: as much of each alert as fits into as few parts as allowed. Pure; what fits is
// asked.
import type { PlannedPart } from '../notification/index.js';

export type Cut = Omit<PlannedPart, 'state'>;

/** What the cutter knows of a message. */
export interface CutRequest {
  /** How many alerts it has. */
  readonly alerts: number;
  /** How many of the first must have a line of their own while parts allow it: what fires and is critical. */
  readonly urgent: number;
  readonly maxParts: number;
  /**
   * Whether such a part fits. The first part has the head of the message, the last its foot, so it can be larger than
   * its neighbours.
   */
  fits(cut: Cut): boolean;
  /** How many alerts of a folded part from here would have a line; the others are counted by name. */
  linesOfFold(from: number): number;
}

/** The most alerts that are shown in full, or in a line each, whatever the server would take: nobody reads more. */
const MOST_FULL = 40;
const MOST_LINES = 400;
/** Texts of an alert that is too large alone are shortened to these, in characters. */
const CLIPS = [1000, 300, 100] as const;
const LINE_CLIPS = [100, 40] as const;
/** The shortest text that still says something; used even where nothing fits. */
export const SHORTEST = 24;

/** At least one part; every alert in exactly one. */
export function cutMessage(request: CutRequest): Cut[] {
  const { alerts } = request;
  return (
    (alerts <= MOST_FULL ? cutAt(request, 'full', CLIPS) : undefined) ??
    (alerts <= MOST_LINES ? cutAt(request, 'lines', LINE_CLIPS) : undefined) ??
    fold(request)
  );
}

/** Whether a plan of an earlier attempt is one of this message. */
export function covers(plan: readonly Cut[], alerts: number): boolean {
  let at = 0;
  for (const { from, to } of plan) {
    if (from !== at || (to <= from && alerts > 0)) return false;
    at = to;
  }
  return plan.length > 0 && at === alerts;
}

/** Undefined where it takes too many parts, or one alert fits nowhere. */
function cutAt(request: CutRequest, detail: 'full' | 'lines', clips: readonly number[]): Cut[] | undefined {
  const cuts: Cut[] = [];
  let from = 0;
  let guess = 1;
  do {
    if (cuts.length === request.maxParts) return undefined;
    const to = furthest(from, request.alerts, guess, (end) => request.fits({ from, to: end, detail }));
    const cut = to > from ? { from, to, detail } : shortened(request, from, detail, clips);
    if (cut === undefined) return undefined;
    cuts.push(cut);
    guess = cut.to - from;
    from = cut.to;
  } while (from < request.alerts);
  return cuts;
}

function shortened(
  request: CutRequest,
  from: number,
  detail: 'full' | 'lines',
  clips: readonly number[],
): Cut | undefined {
  const to = Math.min(from + 1, request.alerts);
  return clips.map((clip) => ({ from, to, detail, clip })).find((cut) => request.fits(cut));
}

/**
 * Lines for what is urgent, in several parts if they must be; the last part has the lines that fit and counts the rest
 * by name.
 */
function fold(request: CutRequest): Cut[] {
  const cuts: Cut[] = [];
  let from = 0;
  while (
    cuts.length < request.maxParts - 1 &&
    from < request.urgent &&
    from + request.linesOfFold(from) < request.urgent
  ) {
    const to = furthest(from, Math.min(request.urgent, request.alerts - 1, from + MOST_LINES), 32, (end) =>
      request.fits({ from, to: end, detail: 'lines' }),
    );
    if (to === from) break;
    cuts.push({ from, to, detail: 'lines' });
    from = to;
  }
  const rest: Cut = { from, to: request.alerts, detail: 'folded' };
  const fitting = [rest, ...LINE_CLIPS.map((clip) => ({ ...rest, clip }))].find((cut) => request.fits(cut));
  return [...cuts, fitting ?? { ...rest, clip: SHORTEST }];
}

/**
 * The greatest end up to `most` that fits; `from` where not even one alert does. It asks seldom, and never about much
 * more than fits: each question renders a part.
 */
export function furthest(from: number, most: number, guess: number, fits: (end: number) => boolean): number {
  let good = from;
  let bad = most + 1;
  let step = Math.max(1, guess);
  while (good < most) {
    const end = Math.min(most, good + step);
    if (!fits(end)) {
      bad = end;
      break;
    }
    good = end;
    step *= 2;
  }
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (middle <= most && fits(middle)) good = middle;
    else bad = middle;
  }
  return good;
}

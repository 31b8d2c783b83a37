// Were the channels' budgets kept? Counted where the messages arrived, whoever sent them. Pure.

export interface Budget {
  readonly per_minute: number;
  readonly per_second?: number;
}

/** What arrived at most within the time of a budget, and what may. */
export interface BudgetUse {
  readonly most: number;
  readonly allowed: number;
}

/**
 * What is sent within one window may arrive within a shorter one, where the way takes a moment longer at first: a
 * second at most, on a machine that is busy with the test itself.
 */
const JITTER_MS = 1_000;
/** A second is no longer than that: budgets of a second are looked at over ten. */
const SECONDS = 10;

/** @param times of arrival, in order, milliseconds */
export function budgetUses(times: readonly number[], { per_minute, per_second }: Budget): readonly BudgetUse[] {
  return [
    { most: mostWithin(times, 60_000 - JITTER_MS), allowed: per_minute },
    ...(per_second === undefined
      ? []
      : [{ most: mostWithin(times, SECONDS * 1_000 - JITTER_MS), allowed: per_second * SECONDS }]),
  ];
}

/** The most that lie within any stretch of so many milliseconds. */
export function mostWithin(times: readonly number[], stretch: number): number {
  let [most, first] = [0, 0];
  for (const [last, time] of times.entries()) {
    while ((times[first] ?? time) <= time - stretch) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

// What the exporter must show, made from the tasks' own records and from what was sent: nothing here comes from events.
import type { Scrape, Truth } from '@celery-watch/testbed';

/** Counts by state for one task name. */
export type States = Partial<
  Record<'sent' | 'received' | 'started' | 'succeeded' | 'failed' | 'retried' | 'rejected' | 'revoked', number>
>;

/**
 * Ends that a task cannot record since it was killed: name → the state that each run without an end must have reached,
 * in order.
 */
const KILLED: Readonly<Record<string, readonly (keyof States)[]>> = {
  'truth.die': ['failed'],
  'truth.die_late': ['rejected'],
  'truth.hard_limit': ['failed'],
};

/**
 * Expected states of a task name: `sent` is how many messages the client sent, `neverRan` how many of them were revoked
 * or expired before.
 */
export function expectedStates(truth: Truth, name: string, sent: number, neverRan = 0): States {
  const { run = 0, succeeded = 0, failed = 0, retried = 0, rejected = 0, ignored = 0 } = truth.counts[name] ?? {};
  const expected: Record<keyof States, number> = {
    sent: sent + retried,
    received: run,
    started: run,
    succeeded,
    failed,
    retried,
    rejected,
    revoked: neverRan,
  };
  const killed = run - succeeded - failed - retried - rejected - ignored;
  const state = KILLED[name]?.[0];
  if (state !== undefined) expected[state] += killed;
  return expected;
}

/** What the page shows for a task name, over all queues. */
export function shownStates(page: Scrape, name: string, states: States): States {
  return Object.fromEntries(
    Object.keys(states).map((state) => [state, page.sum('celery_tasks_total', { name, state })]),
  );
}

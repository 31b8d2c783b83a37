// Runs that were on when their worker lost its connection to the broker: up to Celery 5.6 no event tells their end, and
// the worker may list them for ever (docs/protocol/events.md#broken-connection).
import type { WorkerProcess } from './worker.js';

/** Seconds that such a run is believed to be on while its worker says so. */
const BELIEVE = 1800;

/** The tracker's part in it. */
interface Resolver {
  resolveWhere(
    processes: ReadonlySet<number>,
    isOver: (run: { readonly worker: number; readonly startedAt: number }) => boolean,
    now: number,
  ): void;
}

/** A run began there, by the worker's clock. */
export function noteRun({ reconnected: since, runs }: WorkerProcess, startedAt: number): void {
  if (since === undefined) return;
  if (runs > since.peak) since.peak = runs;
  // Told late.
  if (startedAt <= since.at) since.isSettled = false;
}

/**
 * The pool has just been told: gives up as many of them as there were more runs than it has room for, since they cannot
 * have been on. A pool that is not that young may have grown.
 */
export function giveUpOverPool(tracker: Resolver, processes: readonly WorkerProcess[], now: number): void {
  const most = new Map<WorkerProcess, number>();
  for (const each of processes) {
    const since = each.reconnected;
    if (since === undefined || since.isSettled || each.owner.room === undefined) continue;
    if (tellsEnds(each)) since.isSettled = true;
    else if (since.peak > each.owner.room) most.set(each, since.peak - each.owner.room);
  }
  giveUp(tracker, most, now);
  for (const { reconnected: since, runs } of processes) if (since !== undefined) since.peak = runs;
}

/** Gives up those of which nothing will ever tell the end, where it is too long ago to go by what the worker lists. */
export function giveUpPastBelief(tracker: Resolver, processes: Iterable<WorkerProcess>, now: number): void {
  const most = new Map<WorkerProcess, number>();
  for (const each of processes) {
    const since = each.reconnected;
    if (since === undefined || since.isSettled || now - since.seenAt <= BELIEVE || !each.isLiving) continue;
    since.isSettled = true;
    if (each.runs > 0 && !tellsEnds(each)) most.set(each, each.runs);
  }
  giveUp(tracker, most, now);
}

/** Whether a run that has ended without an event is one of those: Celery lost its end, no task kept it back. */
export function isEndLost(process: WorkerProcess, startedAt: number): boolean {
  const { reconnected: since } = process;
  return since !== undefined && startedAt <= since.at && !tellsEnds(process);
}

/** Looks at all runs once, however many processes there are. */
function giveUp(tracker: Resolver, most: ReadonlyMap<WorkerProcess, number>, now: number): void {
  if (most.size === 0) return;
  const left = new Map([...most].map(([each, count]) => [each.id, { at: each.reconnected?.at ?? -Infinity, count }]));
  const before = new Map([...most.keys()].map((each) => [each, each.runs]));
  tracker.resolveWhere(
    new Set(left.keys()),
    ({ worker, startedAt }) => {
      const of = left.get(worker);
      return of !== undefined && startedAt <= of.at && of.count-- > 0;
    },
    now,
  );
  for (const [each, runs] of before) {
    each.abandoned += runs - each.runs;
    // All that were found were given up, and there was room for more.
    if (each.reconnected !== undefined && (left.get(each.id)?.count ?? 0) >= 0) each.reconnected.isSettled = true;
  }
}

/** Whether this version of Celery tells the end of a run after a new connection. */
function tellsEnds({ owner }: WorkerProcess): boolean {
  const [major = 0, minor = 0] = (owner.software?.version ?? '').split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 7);
}

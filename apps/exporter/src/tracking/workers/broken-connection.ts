// Runs that were on when their worker lost its connection to the broker: up to Celery 5.6 no event tells their end, and
// the worker may list them for ever (docs/protocol/events.md#broken-connection).
import type { WorkerProcess } from './worker.js';

/** Seconds that such a run is believed to be on while its worker says so. */
const BELIEVE = 1800;
const NOTHING: ReadonlySet<string> = new Set();

/** The tracker's part in it. */
interface Resolver {
  resolve(process: WorkerProcess, before: number, stillActive: ReadonlySet<string>, now: number, most: number): void;
}

/**
 * Gives up as many of them as cannot be on any more, though the worker may list them: more run than its pool has room
 * for, or it was too long ago.
 */
export function abandon(tracker: Resolver, process: WorkerProcess, most: number, now: number): void {
  if (process.reconnected === undefined || most <= 0) return;
  const before = process.runs;
  tracker.resolve(process, process.reconnected.at, NOTHING, now, most);
  process.abandoned += before - process.runs;
}

/** Whether nothing will ever tell of the ends, and it is too long ago to go by what the worker lists. */
export function isPastBelief(process: WorkerProcess, now: number): boolean {
  const { reconnected, owner } = process;
  if (reconnected === undefined || !process.isLiving || now - reconnected.seenAt <= BELIEVE) return false;
  return !tellsEnds(owner.software?.version ?? '');
}

/** Whether a run that has ended without an event is one of those: Celery lost its end, no task kept it back. */
export function isEndLost({ reconnected, owner }: WorkerProcess, startedAt: number): boolean {
  return reconnected !== undefined && startedAt <= reconnected.at && !tellsEnds(owner.software?.version ?? '');
}

/** Whether this version of Celery tells the end of a run after a new connection. */
function tellsEnds(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 7);
}

// Runs that were on when their worker lost its connection to the broker: up to Celery 5.6 no event tells their end, and
// the worker may list them for ever (docs/protocol/events.md#broken-connection).
import type { WorkerProcess } from './worker.js';

/** Seconds that such a run is believed to be on while its worker says so. */
const BELIEVE = 1800;
/** Heartbeats within which one says what is over: the first after we are back, one that is on the way, a late one. */
const SOON = 3;

/** Who ends runs. */
interface Resolver {
  resolveWhere(
    processes: ReadonlySet<number>,
    isOver: (run: { readonly worker: number; readonly startedAt: number }) => boolean,
    now: number,
  ): void;
}

/** The process said that it has a new connection: its own clock, and the exporter's. */
export function reconnected(process: WorkerProcess, at: number, seenAt: number): void {
  process.reconnected = { at, told: { at, seenAt }, peak: 0, isSettled: false };
}

/**
 * The exporter itself has the broker back, and hears events from now on. What took its connection may have taken those
 * of the workers, and one that had the broker back first said worker-online to nobody. So each is taken for one that
 * reconnected, until it tells the end of a run from before, as only one with its old connection does (noteEnd). The
 * runs from before that are over without a word then are what nobody was told of: their ends were never sent, or sent
 * while we were deaf. But nothing is given up for its age alone (giveUpPastBelief): a run of hours on a worker that
 * never lost anything, while we did, is on for as long as its heartbeats say.
 * @param at the worker's clock
 */
export function presumeReconnected(process: WorkerProcess, at: number): void {
  const { reconnected: before, runs } = process;
  process.reconnected = {
    at,
    told: before?.isSettled === false ? before.told : undefined,
    peak: runs,
    isSettled: false,
  };
}

/** A run began there, by the worker's clock. */
export function noteRun({ reconnected: since, runs }: WorkerProcess, startedAt: number): void {
  if (since === undefined) return;
  if (runs > since.peak) since.peak = runs;
  // Told late.
  if (startedAt <= since.at) since.isSettled = false;
}

/**
 * The process told the end of a run: where that began before, a new connection that it never told of was none. Then
 * what ended while we were deaf was told to nobody, and what ends from now on is told.
 */
export function noteEnd(process: WorkerProcess, startedAt: number): void {
  const { reconnected: since } = process;
  if (since === undefined || startedAt > since.at || (since.told && startedAt <= since.told.at)) return;
  if (tellsEnds(process)) return;
  process.reconnected = since.told && { ...since, at: since.told.at };
  process.unheardUntil = since.at;
}

/**
 * The pool has just been told: gives up as many of them as there were more runs than it has room for, since they cannot
 * have been on. A pool that is not that young may have grown.
 */
export function giveUpOverPool(tracker: Resolver, processes: readonly WorkerProcess[], now: number): void {
  const most = new Map<WorkerProcess, Overdue>();
  for (const each of processes) {
    const since = each.reconnected;
    if (since === undefined || since.isSettled || each.owner.room === undefined) continue;
    if (tellsEnds(each)) since.isSettled = true;
    else if (since.peak > each.owner.room) most.set(each, { at: since.at, count: since.peak - each.owner.room });
  }
  giveUp(tracker, most, now);
  for (const { reconnected: since, runs } of processes) if (since !== undefined) since.peak = runs;
}

/** Gives up those of which nothing will ever tell the end, where it is too long ago to go by what the worker lists. */
export function giveUpPastBelief(tracker: Resolver, processes: Iterable<WorkerProcess>, now: number): void {
  const most = new Map<WorkerProcess, Overdue>();
  for (const each of processes) {
    const since = each.reconnected;
    const told = since?.told;
    if (since === undefined || since.isSettled || told === undefined) continue;
    if (now - told.seenAt <= BELIEVE || !each.isLiving) continue;
    since.told = undefined;
    since.isSettled = since.at === told.at;
    if (each.runs > 0 && !tellsEnds(each)) most.set(each, { at: told.at, count: each.runs });
  }
  giveUp(tracker, most, now);
}

/**
 * Whether a run that has ended without an event is one of those: Celery lost its end, no task kept it back. A version
 * that tells ends tells them once it is connected, and a worker that kept its connection told them at once: then it may
 * have been we who were not there.
 * @param overAt the worker's clock when the run was known to be over
 */
export function isEndLost(process: WorkerProcess, startedAt: number, overAt: number): boolean {
  const { reconnected: since, unheardUntil = -Infinity, frequency = 0 } = process;
  const isOfUnheard = (until: number): boolean => startedAt <= until && overAt <= until + SOON * frequency;
  if (isOfUnheard(unheardUntil)) return true;
  if (since === undefined || startedAt > since.at) return false;
  return tellsEnds(process) ? since.at !== since.told?.at && isOfUnheard(since.at) : true;
}

/** How many runs there are of which nothing will be told, and before what time they began, by the worker's clock. */
interface Overdue {
  readonly at: number;
  readonly count: number;
}

/** Looks at all runs once, however many processes there are. */
function giveUp(tracker: Resolver, most: ReadonlyMap<WorkerProcess, Overdue>, now: number): void {
  if (most.size === 0) return;
  const left = new Map([...most].map(([each, { at, count }]) => [each.id, { at, count }]));
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

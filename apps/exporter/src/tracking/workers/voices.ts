// Whose heartbeat is this? Nodename and pid tell processes apart, but for two that share a name and are both pid 1 of
// their containers; then the counts and the rhythm of the heartbeats do (docs/protocol/events.md#one-name).
import type { WorkerEvent } from '@celery-watch/celery-protocol';
import type { Heartbeat } from './missed-events.js';

/**
 * A process never sends two heartbeats closer than its interval: its timer sees to that. A little less is allowed,
 * since the time they carry is that of a clock that may be slewed.
 */
const CLOSE = 0.75;
/** Parts of an interval by which two rhythms must differ to tell anything. */
const SAME_RHYTHM = 0.05;

/** What there is to know of a process by its heartbeats. */
export interface Voice {
  readonly heartbeat: Heartbeat | undefined;
  readonly frequency: number | undefined;
  /** Alive, and takes tasks. */
  readonly isLiving: boolean;
}

/**
 * The process that a full event of a worker comes from, among those of its pid; undefined where it comes from none of
 * them: none has counted so few.
 * @param processes the youngest last
 * @param isShared whether the only one that is known of its name and pid is known not to be alone
 */
export function speakerOf<V extends Voice>(
  event: WorkerEvent,
  processes: readonly V[],
  isShared: (only: V) => boolean,
): V | undefined {
  const youngest = processes.at(-1);
  if (event.processed === undefined || youngest === undefined) return youngest;
  const able = processes.filter((each) => !hasFallen(event, each));
  const living = able.filter((each) => each.isLiving);
  const among = living.length > 0 ? living : able;
  const [only] = among;
  if (only === undefined) return undefined;
  if (among.length === 1) return isShared(only) && isOther(event, only) ? undefined : only;
  const due = among.filter((each) => !isEarly(event, each));
  return best(event, due.length > 0 ? due : among);
}

/**
 * Whether a worker event cannot come from this process: it counts fewer tasks than that had started. One that was made
 * before is only late: a worker that was without its connection sends what it had kept.
 */
function hasFallen(event: WorkerEvent, { heartbeat }: Voice): boolean {
  if (heartbeat === undefined || event.processed === undefined || event.processed >= heartbeat.processed) return false;
  return event.type === 'worker-online' || event.timestamp > heartbeat.timestamp;
}

/** Whether a heartbeat comes sooner after the last one than one process would send it. */
export function isEarly(event: WorkerEvent, { heartbeat, frequency = 0 }: Voice): boolean {
  return (
    event.type === 'worker-heartbeat' &&
    heartbeat !== undefined &&
    Math.abs(event.timestamp - heartbeat.timestamp) < frequency * CLOSE
  );
}

/** Whether a heartbeat comes from the other of two that have not been told apart yet. */
function isOther(event: WorkerEvent, only: Voice): boolean {
  const { heartbeat } = only;
  const isSame = heartbeat?.processed === event.processed && heartbeat?.active === event.active;
  return !isSame && isEarly(event, only);
}

/**
 * Of several that it may come from: the one in whose rhythm a heartbeat comes; where that tells nothing, the one that
 * had counted as many, or the youngest.
 */
function best<V extends Voice>(event: WorkerEvent, processes: readonly V[]): V | undefined {
  const offBeats = processes.map((each) => (event.type === 'worker-heartbeat' ? offBeat(event, each) : 0));
  const least = Math.min(...offBeats);
  const fit = processes.filter((_, i) => (offBeats[i] as number) - least < SAME_RHYTHM);
  return fit.find((each) => each.heartbeat?.processed === event.processed) ?? fit.at(-1);
}

/** By what part of its interval a heartbeat misses the process's beat, 0 to 0.5. */
function offBeat(event: WorkerEvent, { heartbeat, frequency }: Voice): number {
  if (heartbeat === undefined || frequency === undefined) return 0.5;
  const beats = (event.timestamp - heartbeat.timestamp) / frequency;
  return Math.abs(beats - Math.round(beats));
}

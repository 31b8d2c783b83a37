// Who consumes a queue, as the broker counts or as far as workers have said it: a number, a lower bound, or nothing
// where nothing is known.
import type { Worker, WorkerProcess } from '../workers/worker.js';

export interface Consumers {
  /**
   * Workers that consume the queue: as the broker counts, else the live ones that said so. Undefined where it does not
   * count, none did, and one that may has not spoken.
   */
  readonly workers: number | undefined;
  /** Tasks that their pools can run at once, as far as they said it; undefined where none did. */
  readonly processes: number | undefined;
}

/** How far a question to all workers reached. */
export interface ControlReach {
  /** Listeners that the broker handed it to: about as many as there are live processes. */
  readonly listeners: number;
  /** Processes that were known to hear it: those that lived at that moment, and those that were only frozen. */
  readonly known: number;
  /** How many of the known are silent, and yet seem to listen. */
  readonly frozen?: number;
  /** Those that were silent at that moment. */
  readonly silent?: ReadonlySet<WorkerProcess>;
}

/**
 * What a question tells that reached so many. A process that is stopped (SIGSTOP, a suspended container) says nothing,
 * and the broker goes on to hand it questions; one that died leaves with its connection. So whoever fell silent since
 * the question before counts as known for as long as there are more listeners than living processes.
 */
export function reachOf(
  before: ControlReach | undefined,
  listeners: number,
  workers: Iterable<Worker>,
): ControlReach & { readonly frozen: number } {
  const living = livingProcesses(workers);
  const silent = new Set<WorkerProcess>();
  for (const { processes } of workers) for (const each of processes) if (each.silent) silent.add(each);
  let fellSilent = 0;
  for (const each of silent) if (before?.silent?.has(each) !== true) fellSilent++;
  const frozen = Math.max(0, Math.min(listeners - living, (before?.frozen ?? 0) + fellSilent));
  return { listeners, known: living + frozen, frozen, silent };
}

export interface CensusFacts {
  readonly workers: Iterable<Worker>;
  /** The last question to all workers; undefined before the first, and where none are asked. */
  readonly reach: ControlReach | undefined;
  /** Workers are asked, and whoever is there has had the time to be heard. */
  readonly listenedLong: boolean;
  /** How many consumers the broker counts in each queue; none for a queue of which it does not say it. */
  readonly counted: ReadonlyMap<string, number>;
}

/**
 * Looks at all workers once; the answer tells of each queue. What the broker counts goes before what workers say: it
 * counts those too that do not answer, and not those that it has cut off, which go on to say that they consume
 * (docs/protocol/rabbitmq.md#queue-length-and-consumers).
 */
export function census({ workers, reach, listenedLong, counted }: CensusFacts): (queue: string) => Consumers {
  const counts = new Map<string, { workers: number; processes: number; poolUnknown: boolean }>();
  let silent = false;
  let seen = 0;
  for (const worker of workers) {
    seen++;
    if (!worker.up) continue;
    if (worker.queues === undefined) silent = true;
    for (const name of new Set(worker.queues?.map((queue) => queue.name))) {
      let count = counts.get(name);
      if (count === undefined) counts.set(name, (count = { workers: 0, processes: 0, poolUnknown: false }));
      count.workers++;
      const processes = worker.pool?.processes;
      if (processes === undefined) count.poolUnknown = true;
      else count.processes += processes;
    }
  }
  const somebodyUnknown = silent || isSomebodyUnheard(workers, reach) || (seen === 0 && !listenedLong);
  return (queue) => {
    const count = counts.get(queue);
    const onBroker = counted.get(queue);
    if (onBroker === 0) return NOBODY;
    if (count === undefined) return { ...(somebodyUnknown ? NOTHING : NOBODY), ...consumedBy(onBroker) };
    return {
      workers: onBroker ?? count.workers,
      processes: count.poolUnknown && count.processes === 0 ? undefined : count.processes,
    };
  };
}

/** Queues that a live worker says it consumes. */
export function consumedQueues(workers: Iterable<Worker>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { up, queues } of workers) if (up) for (const { name } of queues ?? []) names.add(name);
  return names;
}

/** Processes that give signs of life, those that end their last tasks included. */
export function livingProcesses(workers: Iterable<Worker>): number {
  let living = 0;
  for (const { processes } of workers) for (const each of processes) if (!each.silent) living++;
  return living;
}

/**
 * More hear the questions than are known: one without heartbeats that does not answer, or one with the solo pool that
 * was busy when the exporter began. One that died since has been known at the time of the question.
 */
export function isSomebodyUnheard(workers: Iterable<Worker>, reach: ControlReach | undefined): boolean {
  return reach !== undefined && reach.listeners > Math.max(reach.known, livingProcesses(workers));
}

/** What is known of a queue that no live worker has said to consume, while the broker counts some that do. */
function consumedBy(onBroker: number | undefined): Partial<Consumers> {
  return onBroker === undefined ? {} : { workers: onBroker, processes: undefined };
}

const NOTHING: Consumers = { workers: undefined, processes: undefined };
const NOBODY: Consumers = { workers: 0, processes: 0 };

const UUID = /^(?:(.*)\.)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Tells the lists of kombu's Broadcast queues: those that live workers say they are, and those of workers that are
 * gone, by the form of their names (docs/protocol/redis.md#broadcast-queues).
 */
export function broadcasts(workers: Iterable<Worker>): (queue: string) => boolean {
  const names = new Set<string>();
  const stems = new Set(['bcast']);
  for (const worker of workers) {
    for (const { name, isBroadcast } of worker.queues ?? []) {
      if (isBroadcast !== true) continue;
      names.add(name);
      const stem = UUID.exec(name)?.[1];
      if (stem !== undefined) stems.add(stem);
    }
  }
  return (queue) => names.has(queue) || stems.has(UUID.exec(queue)?.[1] ?? '');
}

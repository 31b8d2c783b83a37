// What the landing page tells a person who asks why a number is missing: a plain snapshot of the exporter's state.
import type { BrokerPlace, TransportName } from '../brokers/transport.js';
import { broadcasts } from '../tracking/queues/consumers.js';
import { type ConnectionState, hasListenedLong, type PollerRecord } from '../tracking/health.js';
import { STATE_INDEX } from '../tracking/tasks/task-series.js';
import type { SilentTasks } from '../tracking/tasks/silent-tasks.js';
import type { Disagreement } from '../tracking/queues/stated-settings.js';
import type { TaskEvents, Worker } from '../tracking/workers/worker.js';
import type { Model } from '../tracking/model.js';
import { type CustomStatus, customStatus } from './custom-status.js';
import { QUEUE_RULES, type QueueRule } from '../tracking/tasks/queue-rule.js';

export interface WorkerStatus {
  readonly nodename: string;
  readonly up: boolean;
  /** Why it is not up. */
  readonly exit: 'shutdown' | 'died' | undefined;
  readonly taskEvents: TaskEvents;
  readonly pool: string;
  readonly processes: number | undefined;
  readonly active: number | undefined;
  readonly queues: readonly string[] | undefined;
  /** Seconds since anything was heard of it. */
  readonly silence: number | undefined;
  /** Executions that are not wholly known. */
  readonly missed: number;
  /** Those among them that were seen to start, and of which Celery never told the end. */
  readonly missedEnds: number;
  readonly version: string;
  readonly clockSkew: number | undefined;
  /** Seconds since its process was seen first; undefined where it has none left. */
  readonly knownFor: number | undefined;
  /** Processes that use the name at once. */
  readonly instances: number;
  /** Seconds for which it has taken no task although it could; undefined where that is not known. */
  readonly stalled: number | undefined;
}

/** How it is spoken with: what is advised depends on it. */
export type Transport = TransportName;

export interface Status {
  readonly version: string;
  /** Seconds since the exporter began. */
  readonly uptime: number;
  readonly broker: {
    /** Absent for the only broker. */
    readonly name?: string;
    readonly url: string;
    readonly transport: Transport;
    readonly isUp: boolean;
    /** Why it takes no messages from anybody; undefined while it does, and where it does not say. */
    readonly blockedFor: string | undefined;
    readonly reason: string;
    readonly forSeconds: number;
    readonly failures: number;
    readonly reconnects: number;
    /** Seconds of which events may be lost; undefined before the first connection. */
    readonly unheard: number | undefined;
  };
  readonly events: {
    readonly total: number;
    /** task-sent events: without them queues and waits are not known for certain. */
    readonly sent: number;
    readonly byType: readonly (readonly [type: string, count: number])[];
    readonly refused: readonly (readonly [reason: string, count: number])[];
    readonly duplicates: number;
    /** Thrown away by the broker before they were read; undefined where it cannot tell. */
    readonly dropped: number | undefined;
  };
  readonly workers: readonly WorkerStatus[];
  readonly queues: readonly {
    readonly name: string;
    readonly length: number;
    /** Live workers that said they consume it; undefined where none did and one that may has not spoken. */
    readonly consumers: number | undefined;
    readonly oldestAge: number | undefined;
    /** Why the message that is taken next cannot be read; absent where it can, or none is there. */
    readonly unread?: string | undefined;
    /** A list that belongs to a queue of kombu's Broadcast: nobody takes from it. */
    readonly isBroadcast?: true;
  }[];
  /** Messages that workers hold; undefined where that is not known. */
  readonly unacked: number | undefined;
  /** Tasks that the broker itself keeps until they are due; undefined where there is no such thing. */
  readonly delayed: number | undefined;
  readonly queueRules: readonly (readonly [rule: QueueRule, count: number])[];
  readonly tasks: {
    readonly series: number;
    readonly waiting: number;
    readonly running: number;
    readonly ended: number;
    readonly evicted: number;
    readonly expired: number;
    /** Sent, taken, and never told of. */
    readonly silent: readonly SilentTasks[];
    /** Names most of whose executions were rejected, and that were heard of within the last minute. */
    readonly rejected: readonly RejectedTasks[];
  };
  readonly dropped: readonly (readonly [metric: string, count: number])[];
  readonly pollers: readonly {
    readonly name: string;
    readonly secondsSinceSuccess: number | undefined;
    readonly failures: number;
    readonly lastError: string;
  }[];
  /** Where the workers' transport options are not the exporter's. */
  readonly disagreements: readonly Disagreement[];
  /** What the broker was asked for and does not give. */
  readonly troubles: readonly { readonly what: string; readonly reason: string }[];
  /** Metrics of the user's own. */
  readonly custom: CustomStatus;
  readonly settings: { readonly remoteControl: boolean; readonly enableEvents: boolean };
}

export interface RejectedTasks {
  readonly name: string;
  readonly started: number;
  readonly rejected: number;
}

export interface StatusParts {
  /** Of the broker; undefined for the only one. */
  readonly name: string | undefined;
  readonly model: Model;
  readonly broker: Pick<Status, 'troubles'>;
  readonly connection: ConnectionState;
  readonly pollers: readonly PollerRecord[];
  /** Where the broker is. */
  readonly place: Pick<BrokerPlace, 'shownUrl' | 'transport'>;
  readonly version: string;
  /** Exporter's clock when it began, epoch seconds. */
  readonly startedAt: number;
  readonly settings: Status['settings'];
}

/** The snapshot at `now`, epoch seconds. It holds no secret. */
export function statusOf(
  { name: brokerName, model, broker, connection, pollers, place, version, startedAt, settings }: StatusParts,
  now: number,
): Status {
  const { tracker } = model;
  const [waiting, running, ended] = tracker.table.sizes;
  const { transport, shownUrl } = place;
  const isBroadcast = broadcasts(model.workers);
  const consumersOf = model.consumers(settings.remoteControl && hasListenedLong(connection, now));
  return {
    version,
    uptime: now - startedAt,
    broker: {
      ...(brokerName !== undefined && { name: brokerName }),
      url: shownUrl,
      transport,
      isUp: connection.isUp,
      blockedFor: connection.blockedFor,
      reason: connection.reason,
      forSeconds: now - connection.since,
      failures: connection.failures,
      reconnects: connection.reconnects,
      unheard: connection.unheard(now),
    },
    events: {
      total: [...model.events.values()].reduce((sum, count) => sum + count, 0),
      sent: model.events.get('task-sent') ?? 0,
      byType: [...model.events],
      refused: [...model.refusals],
      duplicates: [...tracker.duplicates.values()].reduce((sum, count) => sum + count, 0),
      dropped: model.brokerDrops,
    },
    workers: [...model.workers].map((worker) => workerStatus(worker, model, now)),
    queues: [...model.queues].map(({ name, length, oldestSince, unread }) => ({
      name,
      length,
      consumers: consumersOf(name).workers,
      ...(transport === 'redis' && isBroadcast(name) && { isBroadcast: true }),
      oldestAge: oldestSince === undefined ? undefined : Math.max(0, now - oldestSince),
      unread,
    })),
    unacked: model.queues.unacked,
    delayed: model.queues.delayed,
    queueRules: QUEUE_RULES.map((rule) => [rule, tracker.queueRules.counts[rule]]),
    tasks: {
      series: [...model.tasks].length,
      waiting,
      running,
      ended,
      evicted: tracker.evicted.waiting + tracker.evicted.running,
      expired: tracker.expired.waiting + tracker.expired.running,
      silent: model.silentTasks.list(model.tasks),
      rejected: rejectedTasks(model, now),
    },
    dropped: [...model.dropped],
    pollers: pollers.map(({ name, lastSuccess, failures, lastError }) => ({
      name,
      failures,
      lastError,
      secondsSinceSuccess: lastSuccess === 0 ? undefined : now - lastSuccess,
    })),
    troubles: broker.troubles,
    disagreements: model.settings?.disagreements ?? [],
    custom: customStatus(model, now),
    settings,
  };
}

/** As many make a loop and no accident. */
const LEAST_REJECTED = 20;
/** Seconds in which a loop is heard of. */
const JUST_NOW = 60;

function rejectedTasks({ tasks }: Model, now: number): readonly RejectedTasks[] {
  const byName = new Map<string, RejectedTasks>();
  for (const { task, states, lastSeen } of tasks) {
    const rejected = states[STATE_INDEX.rejected] as number;
    if (rejected === 0 || now - lastSeen > JUST_NOW) continue;
    const before = byName.get(task.name);
    byName.set(task.name, {
      name: task.name,
      started: (before?.started ?? 0) + (states[STATE_INDEX.started] as number),
      rejected: (before?.rejected ?? 0) + rejected,
    });
  }
  return [...byName.values()]
    .filter(({ started, rejected }) => rejected >= LEAST_REJECTED && rejected * 2 > started)
    .sort((a, b) => b.rejected - a.rejected);
}

function workerStatus(worker: Worker, model: Model, now: number): WorkerStatus {
  const process = worker.current();
  return {
    nodename: worker.nodename,
    up: worker.up,
    exit: worker.up ? undefined : process?.goodbye === true ? 'shutdown' : 'died',
    taskEvents: process?.taskEvents ?? 'unknown',
    pool: worker.pool?.pool ?? '',
    processes: worker.pool?.processes,
    active: worker.total(({ heartbeat }) => heartbeat?.active) ?? process?.heartbeat?.active,
    queues: worker.queues?.map(({ name }) => name),
    silence: process === undefined ? undefined : now - process.lastSeen,
    missed: worker.missed,
    missedEnds: worker.missedEnds,
    version: worker.software?.version ?? '',
    clockSkew: worker.clockSkew,
    knownFor: process === undefined ? undefined : now - process.metAt,
    instances: worker.instances,
    stalled: model.standstill.of(worker),
  };
}

/** Executions whose start was not seen, though the heartbeats tell of it. */
export function missedStarts({ missed, missedEnds }: WorkerStatus): number {
  return missed - missedEnds;
}

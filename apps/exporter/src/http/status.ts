// What the landing page tells a person who asks why a number is missing: a plain snapshot of the exporter's state.
import { redactUrl } from '@celery-watch/service';
import type { ConnectionState, PollerRecord } from '../tracking/health.js';
import type { TaskEvents, Worker } from '../tracking/worker.js';
import type { Model } from '../tracking/model.js';
import { QUEUE_RULES, type QueueRule } from '../tracking/queue-rule.js';

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
  readonly missed: number;
  readonly version: string;
  readonly clockSkew: number | undefined;
  /** Processes that use the name at once. */
  readonly instances: number;
  /** Seconds for which it has taken no task although it could; undefined where that is not known. */
  readonly stalled: number | undefined;
}

export interface Status {
  readonly version: string;
  /** Seconds since the exporter began. */
  readonly uptime: number;
  readonly broker: {
    readonly url: string;
    readonly isUp: boolean;
    readonly reason: string;
    readonly forSeconds: number;
    readonly failures: number;
    readonly reconnects: number;
  };
  readonly events: {
    readonly total: number;
    /** task-sent events: without them queues and waits are not known for certain. */
    readonly sent: number;
    readonly byType: readonly (readonly [type: string, count: number])[];
    readonly refused: readonly (readonly [reason: string, count: number])[];
    readonly duplicates: number;
  };
  readonly workers: readonly WorkerStatus[];
  readonly queues: readonly {
    readonly name: string;
    readonly length: number;
    readonly consumers: number;
    readonly oldestAge: number | undefined;
  }[];
  readonly queueRules: readonly (readonly [rule: QueueRule, count: number])[];
  readonly tasks: {
    readonly series: number;
    readonly waiting: number;
    readonly running: number;
    readonly ended: number;
    readonly evicted: number;
    readonly expired: number;
  };
  readonly dropped: readonly (readonly [metric: string, count: number])[];
  readonly pollers: readonly {
    readonly name: string;
    readonly secondsSinceSuccess: number | undefined;
    readonly failures: number;
    readonly lastError: string;
  }[];
  readonly settings: { readonly remoteControl: boolean; readonly enableEvents: boolean };
}

export interface StatusParts {
  readonly model: Model;
  readonly connection: ConnectionState;
  readonly pollers: readonly PollerRecord[];
  readonly brokerUrl: string;
  readonly version: string;
  /** Exporter's clock when it began, epoch seconds. */
  readonly startedAt: number;
  readonly settings: Status['settings'];
}

/** The snapshot at `now`, epoch seconds. It holds no secret. */
export function statusOf(
  { model, connection, pollers, brokerUrl, version, startedAt, settings }: StatusParts,
  now: number,
): Status {
  const { tracker } = model;
  const [waiting, running, ended] = tracker.table.sizes;
  return {
    version,
    uptime: now - startedAt,
    broker: {
      url: redactUrl(brokerUrl),
      isUp: connection.isUp,
      reason: connection.reason,
      forSeconds: now - connection.since,
      failures: connection.failures,
      reconnects: connection.reconnects,
    },
    events: {
      total: [...model.events.values()].reduce((sum, count) => sum + count, 0),
      sent: model.events.get('task-sent') ?? 0,
      byType: [...model.events],
      refused: [...model.refusals],
      duplicates: [...tracker.duplicates.values()].reduce((sum, count) => sum + count, 0),
    },
    workers: [...model.workers].map((worker) => workerStatus(worker, model, now)),
    queues: [...model.queues].map(({ name, length, oldestSince }) => ({
      name,
      length,
      consumers: [...model.workers].filter(
        (worker) => worker.up && worker.queues?.some((each) => each.name === name) === true,
      ).length,
      oldestAge: oldestSince === undefined ? undefined : Math.max(0, now - oldestSince),
    })),
    queueRules: QUEUE_RULES.map((rule) => [rule, tracker.queueRules.counts[rule]]),
    tasks: {
      series: [...model.tasks].length,
      waiting,
      running,
      ended,
      evicted: tracker.evicted.waiting + tracker.evicted.running,
      expired: tracker.expired.waiting + tracker.expired.running,
    },
    dropped: [...model.dropped],
    pollers: pollers.map(({ name, lastSuccess, failures, lastError }) => ({
      name,
      failures,
      lastError,
      secondsSinceSuccess: lastSuccess === 0 ? undefined : now - lastSuccess,
    })),
    settings,
  };
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
    version: worker.software?.version ?? '',
    clockSkew: worker.clockSkew,
    instances: worker.instances,
    stalled: model.standstill.of(worker),
  };
}

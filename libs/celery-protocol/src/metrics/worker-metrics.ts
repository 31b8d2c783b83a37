// The catalogue, part 2: workers.
import { metric } from './entry.js';

/** Why a worker is no longer up: it said goodbye (worker-offline), or it fell silent. */
export const EXIT_REASONS = ['shutdown', 'died'] as const;

/** `worker` is the whole nodename (celery@host), `hostname` the part after the @. */
const W = ['worker', 'hostname'] as const;

export const workerMetrics = {
  workers: metric('gauge', 'celery_workers', 'Workers that are up; no sample before they could be heard.', []),
  up: metric(
    'gauge',
    'celery_worker_up',
    'Whether the worker gives signs of life. A worker that is down stays at 0 for the worker TTL, then its series go.',
    W,
  ),
  tasksActive: metric(
    'gauge',
    'celery_worker_tasks_active',
    'Tasks that the worker says it is executing; no sample while it is down.',
    W,
  ),
  poolProcesses: metric(
    'gauge',
    'celery_worker_pool_processes',
    'Tasks that the pool can run at once: processes, threads or greenlets.',
    W,
  ),
  tasksProcessed: metric(
    'counter',
    'celery_worker_tasks_processed_total',
    'Tasks that the worker says it has started, in all of its processes that were seen.',
    W,
  ),
  loadAverage: metric(
    'gauge',
    'celery_worker_load_average',
    "Load average of the worker's host, as the worker reports it.",
    [...W, 'period'],
  ),
  lastHeartbeat: metric(
    'gauge',
    'celery_worker_last_heartbeat_timestamp_seconds',
    'Unix time at which the last heartbeat arrived here.',
    W,
  ),
  clockSkew: metric(
    'gauge',
    'celery_worker_clock_skew_seconds',
    'Clock of the worker minus clock of the exporter at the last heartbeat, transit time included.',
    W,
  ),
  info: metric('gauge', 'celery_worker_info', 'Always 1; what the worker is.', [
    ...W,
    'sw_ident',
    'sw_ver',
    'sw_sys',
    'pool',
  ]),
  tasks: metric('counter', 'celery_worker_tasks_total', 'Task events by worker and state.', ['worker', 'state']),
  starts: metric(
    'counter',
    'celery_worker_starts_total',
    'Starts of this worker that were seen, the first sight of it not counted.',
    W,
  ),
  exits: metric(
    'counter',
    'celery_worker_exits_total',
    'Ends of this worker: shutdown, it said goodbye; died, it fell silent.',
    [...W, 'reason'],
  ),
  instances: metric(
    'gauge',
    'celery_worker_instances',
    'Processes that use this name at once, as far as is known; more than 1: workers share a name by mistake, and what ' +
      'the series of this worker say is mixed.',
    W,
  ),
  stalled: metric(
    'gauge',
    'celery_worker_stalled_seconds',
    'Seconds for which tasks have waited in a queue of this worker while it had a free process and took none. Missing ' +
      'where queues, pool or heartbeats are not known.',
    W,
  ),
  taskEvents: metric(
    'gauge',
    'celery_worker_task_events_enabled',
    'Whether the worker sends task events; without them its tasks cannot be counted.',
    W,
  ),
} as const;

// The metrics of other exporters that a drop-in mode serves in their place: a catalogue of its own, since none of them
// is on the page outside of its mode.
import { metric } from './entry.js';

/** The default bounds of danihodovic's exporter. */
export const DANIHODOVIC_BUCKETS = {
  runtime: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  queueWait: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
} as const;

const TASK = ['name', 'hostname', 'queue_name'] as const;

/** danihodovic/celery-exporter 0.12; `celery_` is what its option `--metric-prefix` replaces. */
export const danihodovicMetrics = {
  sent: metric('counter', 'celery_task_sent_total', 'Sent when a task message is published.', TASK),
  received: metric('counter', 'celery_task_received_total', 'Sent when the worker receives a task.', TASK),
  started: metric('counter', 'celery_task_started_total', 'Sent just before the worker executes the task.', TASK),
  succeeded: metric('counter', 'celery_task_succeeded_total', 'Sent if the task executed successfully.', TASK),
  failed: metric('counter', 'celery_task_failed_total', 'Sent if the execution of the task failed.', [
    'name',
    'hostname',
    'exception',
    'queue_name',
  ]),
  rejected: metric(
    'counter',
    'celery_task_rejected_total',
    'The task was rejected by the worker, possibly to be re-queued or moved to a dead letter queue.',
    TASK,
  ),
  revoked: metric('counter', 'celery_task_revoked_total', 'Sent if the task has been revoked.', TASK),
  retried: metric(
    'counter',
    'celery_task_retried_total',
    'Sent if the task failed, but will be retried in the future.',
    TASK,
  ),
  workerUp: metric('gauge', 'celery_worker_up', 'Indicates if a worker has recently sent a heartbeat.', ['hostname']),
  tasksActive: metric(
    'gauge',
    'celery_worker_tasks_active',
    'The number of tasks the workers of the host are currently processing.',
    ['hostname'],
  ),
  runtime: {
    ...metric('histogram', 'celery_task_runtime', 'Run time of the tasks that succeeded.', TASK, [
      ...DANIHODOVIC_BUCKETS.runtime,
    ]),
    floatBounds: true,
  },
  queueWait: {
    ...metric(
      'histogram',
      'celery_task_queue_wait_time',
      'Time tasks spend waiting in the queue before being executed, excluding deliberate ETA or countdown delay.',
      TASK,
      [...DANIHODOVIC_BUCKETS.queueWait],
    ),
    floatBounds: true,
  },
  queueLength: metric('gauge', 'celery_queue_length', 'The number of messages in the broker queue.', ['queue_name']),
  activeConsumers: metric(
    'gauge',
    'celery_active_consumer_count',
    'The number of active consumers of the broker queue; RabbitMQ only.',
    ['queue_name'],
  ),
  activeWorkers: metric('gauge', 'celery_active_worker_count', 'The number of active workers of the queue.', [
    'queue_name',
  ]),
  activeProcesses: metric(
    'gauge',
    'celery_active_process_count',
    'The number of pool processes, threads or greenlets of the active workers of the queue.',
    ['queue_name'],
  ),
} as const;

/** The default bounds of Python's Prometheus client, which Flower and OvalMoney's exporter have. */
export const PYTHON_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] as const;

const WORKER_TASK = ['worker', 'task'] as const;

/** Flower 2.2. */
export const flowerMetrics = {
  events: metric('counter', 'flower_events_total', 'Number of events', ['worker', 'type', 'task']),
  runtime: {
    ...metric('histogram', 'flower_task_runtime_seconds', 'Task runtime', WORKER_TASK, [...PYTHON_BUCKETS]),
    floatBounds: true,
  },
  prefetchTime: metric(
    'gauge',
    'flower_task_prefetch_time_seconds',
    'The time the task spent waiting at the celery worker to be executed.',
    WORKER_TASK,
  ),
  prefetched: metric(
    'gauge',
    'flower_worker_prefetched_tasks',
    'Number of tasks of given type prefetched at a worker',
    WORKER_TASK,
  ),
  online: metric('gauge', 'flower_worker_online', 'Worker online status', ['worker']),
  executing: metric(
    'gauge',
    'flower_worker_number_of_currently_executing_tasks',
    'Number of tasks currently executing at a worker',
    ['worker'],
  ),
} as const;

const OVALMONEY_TASK = ['namespace', 'name', 'queue'] as const;

/** OvalMoney/celery-exporter 1.5. */
export const ovalmoneyMetrics = {
  tasks: metric('counter', 'celery_tasks_total', 'Number of task events.', ['namespace', 'name', 'state', 'queue']),
  runtime: {
    ...metric('histogram', 'celery_tasks_runtime_seconds', 'Task runtime.', OVALMONEY_TASK, [...PYTHON_BUCKETS]),
    floatBounds: true,
  },
  latency: {
    ...metric(
      'histogram',
      'celery_tasks_latency_seconds',
      'Time until a task is started: since it could run where its sender told, else since a worker received it.',
      OVALMONEY_TASK,
      [...PYTHON_BUCKETS],
    ),
    floatBounds: true,
  },
  workers: metric('gauge', 'celery_workers', 'Number of alive workers', ['namespace']),
} as const;

// The catalogue, part 1: what happens to tasks.
import { metric } from './entry.js';

/** The states that `celery_tasks_total` counts, in the order of a task's life. */
export const TASK_STATES = [
  'sent',
  'received',
  'started',
  'succeeded',
  'failed',
  'retried',
  'rejected',
  'revoked',
  'cancelled',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** Value of `name` or `queue` where nothing that was seen on the wire says it. */
export const UNKNOWN = 'unknown';
/** Value of every task label of what is over the cap of series or left out by the name patterns. */
export const OTHER = 'other';

/** From milliseconds to two hours: a P95 above 30 minutes must be measurable. */
export const DURATION_BUCKETS = [
  0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200,
] as const;
export const WAIT_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200] as const;

export const taskMetrics = {
  tasks: metric(
    'counter',
    'celery_tasks_total',
    'Task events by state. Each execution counts once in each state that it reaches; a redelivered task that ' +
      'runs again counts again. State sent is missing for names whose senders never said task-sent.',
    ['name', 'queue', 'state'],
  ),
  failures: metric('counter', 'celery_task_failures_total', 'Failed executions by the class of the exception.', [
    'name',
    'queue',
    'exception',
  ]),
  duration: metric(
    'histogram',
    'celery_task_duration_seconds',
    'Run time of executions that succeeded or failed.',
    ['name', 'queue'],
    DURATION_BUCKETS,
  ),
  queueWait: metric(
    'histogram',
    'celery_task_queue_wait_seconds',
    'Time from being sent, or from the ETA where one was set, to the start of the execution. Needs ' +
      'task_send_sent_event in the senders, or an ETA.',
    ['name', 'queue'],
    WAIT_BUCKETS,
  ),
  prefetchWait: metric(
    'histogram',
    'celery_task_prefetch_wait_seconds',
    'Time that a task waited inside the worker: from received, or from the ETA where one was set, to started.',
    ['name', 'queue'],
    WAIT_BUCKETS,
  ),
  running: metric('gauge', 'celery_tasks_running', 'Executions that have started and not ended.', ['name', 'queue']),
  longestRunning: metric(
    'gauge',
    'celery_task_longest_running_seconds',
    'Age of the oldest execution that is running now; 0 where none is.',
    ['name'],
  ),
  lastSuccess: metric(
    'gauge',
    'celery_task_last_success_timestamp_seconds',
    'Unix time of the last success that was seen.',
    ['name'],
  ),
  lost: metric('counter', 'celery_tasks_lost_total', 'Executions that were running on a worker when it died.', [
    'name',
    'queue',
  ]),
  unresolved: metric(
    'counter',
    'celery_tasks_unresolved_total',
    'Executions that ended without an event: the task raised Ignore or replaced itself, or its last event was missed.',
    ['name', 'queue'],
  ),
} as const;

// The catalogue, part 3: the queues and the broker.
import { metric } from './entry.js';

export const brokerMetrics = {
  up: metric('gauge', 'celery_broker_up', 'Whether the exporter is connected to the broker and listening.', []),
  connectionFailures: metric(
    'counter',
    'celery_broker_connection_failures_total',
    'Failed attempts to connect and connections that were lost.',
    [],
  ),
  reconnects: metric(
    'counter',
    'celery_broker_reconnects_total',
    'Connections that were made again after one was lost.',
    [],
  ),
  blocked: metric(
    'gauge',
    'celery_broker_blocked',
    'Whether the broker takes no messages from anybody, as RabbitMQ at an alarm of memory or disk. No sample where it ' +
      'does not say.',
    [],
  ),
} as const;

export const queueMetrics = {
  length: metric('gauge', 'celery_queue_length', 'Messages waiting in the queue, whatever their priority.', ['queue']),
  unacked: metric(
    'gauge',
    'celery_queue_unacked',
    'Messages that workers hold unacknowledged, over all queues of the database or virtual host: prefetched, waiting ' +
      'for an ETA, or running with late acknowledgement. No sample where the broker does not say it.',
    [],
  ),
  consumers: metric(
    'gauge',
    'celery_queue_consumers',
    'Workers that consume the queue: as the broker counts them, else live ones that said so. No sample where it does ' +
      'not count, none did, and one that may has not answered.',
    ['queue'],
  ),
  processes: metric(
    'gauge',
    'celery_queue_processes',
    'Pool processes of the live workers that said they consume the queue; no sample where that is not known.',
    ['queue'],
  ),
  delayed: metric(
    'gauge',
    'celery_delayed_tasks',
    'Tasks that the broker itself keeps until they are due: native delayed delivery of RabbitMQ. No sample where ' +
      'there is no such thing.',
    [],
  ),
  oldestAge: metric(
    'gauge',
    'celery_queue_oldest_task_age_seconds',
    'Age of the message that is taken next; 0 for an empty queue, nothing where messages wait and none is known. ' +
      'Exact where task-sent was seen, else a lower bound: since when it has been next. On RabbitMQ by task-sent alone.',
    ['queue'],
  ),
} as const;

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
} as const;

export const queueMetrics = {
  length: metric('gauge', 'celery_queue_length', 'Messages waiting in the queue, over all priority steps.', ['queue']),
  unacked: metric(
    'gauge',
    'celery_queue_unacked',
    "Messages that workers hold unacknowledged, over all queues of the broker's database: prefetched, waiting " +
      'for an ETA, or running with late acknowledgement.',
    [],
  ),
  consumers: metric(
    'gauge',
    'celery_queue_consumers',
    'Live workers that said they consume the queue. No sample where none did and one that may has not answered.',
    ['queue'],
  ),
  processes: metric(
    'gauge',
    'celery_queue_processes',
    'Pool processes of the live workers that said they consume the queue; no sample where that is not known.',
    ['queue'],
  ),
  oldestAge: metric(
    'gauge',
    'celery_queue_oldest_task_age_seconds',
    'Age of the message that is taken next; 0 for an empty queue, nothing where messages wait and none is known. ' +
      'Exact where task-sent was seen, else a lower bound: since when it has been next.',
    ['queue'],
  ),
} as const;
